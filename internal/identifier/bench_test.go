package identifier

import "testing"

func BenchmarkParseUSCC(b *testing.B) {
	for b.Loop() {
		if _, err := ParseUSCC("91410100MA9YTT01X0"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseCitizenID(b *testing.B) {
	for b.Loop() {
		if _, err := ParseCitizenID("410105190001010010"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseLicenceID(b *testing.B) {
	for b.Loop() {
		if _, err := ParseLicenceID(licenceIDKind.Example); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkKindParseLicenceID(b *testing.B) {
	for b.Loop() {
		if _, err := licenceIDKind.Parse(licenceIDKind.Example); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRecognise(b *testing.B) {
	for b.Loop() {
		if len(Recognise("91410100MA9YTT01X0")) != 1 {
			b.Fatal("not recognised as one kind")
		}
	}
}
