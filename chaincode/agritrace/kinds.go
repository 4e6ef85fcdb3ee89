package agritrace

import (
	"slices"

	"henanchain/chaincode/ledger"
)

// fitsKind holds a transformation to the rules of its kind.
func (b *book) fitsKind(c *ledger.Call, in *transformInput, subject *ledger.Entity[Subject], inputs []*ledger.Entity[Batch]) error {
	if in.Kind != KindSlaughter {
		if len(in.EarTags) > 0 {
			return ledger.RefuseField(TransformInvalid, "earTags", "ear tags belong to a transformation of the kind %s", KindSlaughter)
		}
		if err := noLivestock(inputs); err != nil {
			return err
		}
	}
	if err := codesOnlyInSplits(in); err != nil {
		return err
	}
	switch in.Kind {
	case KindSplit:
		return in.fitsSplit(inputs)
	case KindMerge:
		return in.fitsMerge(inputs)
	case KindPrimary:
		return sameCategory(inputs)
	case KindProcess:
		return mayProcess(c, subject)
	default:
		return b.fitsSlaughter(c, in, subject, inputs)
	}
}

func noLivestock(inputs []*ledger.Entity[Batch]) error {
	for _, e := range inputs {
		if e.Body.Category == Livestock {
			return ledger.Refuse(TransformInvalid, "the batch %s is live animals: register each lot of animals as a batch of its own, and slaughter it by its ear tags", e.ID)
		}
	}
	return nil
}

func codesOnlyInSplits(in *transformInput) error {
	for n, o := range in.Outputs {
		if len(o.Codes) > 0 && in.Kind != KindSplit {
			return ledger.RefuseField(TransformInvalid, "outputs", "output %d names retail codes: coded goods can be split, and nothing else is made of them", n)
		}
	}
	return nil
}

// fitsSplit: one batch, the same product, nothing lost.
func (i *transformInput) fitsSplit(inputs []*ledger.Entity[Batch]) error {
	if len(inputs) != 1 || i.LossGram != 0 {
		return ledger.Refuse(TransformInvalid, "a SPLIT takes one batch and loses nothing; it has %d and %s g of loss", len(inputs), grams(i.LossGram))
	}
	return i.sameProduct(inputs[0])
}

// fitsMerge: several batches of one product into one, nothing lost.
func (i *transformInput) fitsMerge(inputs []*ledger.Entity[Batch]) error {
	if len(inputs) < 2 || len(i.Outputs) != 1 || i.LossGram != 0 {
		return ledger.Refuse(TransformInvalid, "a MERGE makes one batch of at least two and loses nothing; it has %d inputs, %d outputs and %s g of loss", len(inputs), len(i.Outputs), grams(i.LossGram))
	}
	for _, e := range inputs[1:] {
		if e.Body.ProductCode != inputs[0].Body.ProductCode {
			return ledger.Refuse(TransformInvalid, "the batches %s and %s are different products (%s, %s): only the same product is merged", inputs[0].ID, e.ID, inputs[0].Body.ProductCode, e.Body.ProductCode)
		}
	}
	if err := sameCategory(inputs); err != nil {
		return err
	}
	return i.sameProduct(inputs[0])
}

func (i *transformInput) sameProduct(input *ledger.Entity[Batch]) error {
	for n, o := range i.Outputs {
		if o.ProductCode != "" && o.ProductCode != input.Body.ProductCode {
			return ledger.RefuseField(TransformInvalid, "outputs", "output %d is the product %s, and a %s keeps the product %s", n, o.ProductCode, i.Kind, input.Body.ProductCode)
		}
	}
	return nil
}

func sameCategory(inputs []*ledger.Entity[Batch]) error {
	for _, e := range inputs[1:] {
		if e.Body.Category != inputs[0].Body.Category {
			return ledger.Refuse(TransformInvalid, "the batches %s and %s are of different categories (%s, %s): only food production (PROCESS) mixes them", inputs[0].ID, e.ID, inputs[0].Body.Category, e.Body.Category)
		}
	}
	return nil
}

// mayProcess asks for the food production licence (食品安全法 art. 35).
func mayProcess(c *ledger.Call, s *ledger.Entity[Subject]) error {
	if !slices.Contains(s.Body.Activities, ActivityProcess) {
		return ledger.Refuse(ActivityMissing, "the subject %s is not registered for %s", s.ID, ActivityProcess)
	}
	if s.Body.SCLicence == "" || s.Body.SCValidTo < c.Today() {
		return ledger.Refuse(LicenceRequired, "the subject %s needs an SC licence that is valid on %s; on record is %q until %q", s.ID, c.Today(), s.Body.SCLicence, s.Body.SCValidTo)
	}
	return nil
}

// fitsSlaughter: quarantined animals, each by its ear tag and only once, at a
// licensed slaughterhouse (定点屠宰).
func (b *book) fitsSlaughter(c *ledger.Call, in *transformInput, s *ledger.Entity[Subject], inputs []*ledger.Entity[Batch]) error {
	if !slices.Contains(s.Body.Activities, ActivitySlaughter) {
		return ledger.Refuse(ActivityMissing, "the subject %s is not registered for %s", s.ID, ActivitySlaughter)
	}
	if s.Body.SlaughterNo == "" {
		return ledger.Refuse(LicenceRequired, "the subject %s has no slaughter licence (定点屠宰证) on record", s.ID)
	}
	if len(in.EarTags) == 0 {
		return ledger.RefuseField(TransformInvalid, "earTags", "a SLAUGHTER names the ear tag of each animal")
	}
	known := map[string]bool{}
	for _, e := range inputs {
		if e.Body.Category != Livestock {
			return ledger.Refuse(TransformInvalid, "the batch %s is %s: only %s is slaughtered", e.ID, e.Body.Category, Livestock)
		}
		if err := notWithdrawn(c, e); err != nil {
			return err
		}
		if err := b.animalsCertified(c, e); err != nil {
			return err
		}
		for _, tag := range e.Body.EarTags {
			known[tag] = true
		}
	}
	return b.useEarTags(c, in, known)
}

// useEarTags marks each tag as slaughtered: a tag of the batches that go in, and
// never a second time.
func (b *book) useEarTags(c *ledger.Call, in *transformInput, known map[string]bool) error {
	for n, tag := range in.EarTags {
		if !known[tag] {
			return ledger.RefuseField(EarTagUnknown, "earTags", "ear tag %d, %s, is of none of the batches that go in", n, tag)
		}
		used, err := c.Guard(earTagGuard, tag)
		if err != nil {
			return err
		}
		if used != "" {
			return ledger.RefuseField(EarTagUsed, "earTags", "the animal with the ear tag %s was slaughtered in %s", tag, used)
		}
		c.SetGuard(earTagGuard, tag, in.TransformID)
	}
	return nil
}
