package logging

import (
	"fmt"
	"os"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// Direct makes a log on standard error, each line written as it comes.
func Direct(level string) (*zap.Logger, error) { return New(level, zapcore.Lock(os.Stderr)) }

// New makes a log of JSON lines. Each call's line is there: it is not sampled, or
// a missing line could not be told from a lost one.
func New(level string, to zapcore.WriteSyncer) (*zap.Logger, error) {
	least, err := zapcore.ParseLevel(level)
	if err != nil {
		return nil, fmt.Errorf("log.level: %w", err)
	}
	e := zap.NewProductionEncoderConfig()
	e.EncodeTime, e.EncodeDuration = zapcore.RFC3339NanoTimeEncoder, zapcore.SecondsDurationEncoder
	return zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(e), to, least), zap.ErrorOutput(to)), nil
}
