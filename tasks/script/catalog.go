package script

import "slices"

// Primitive is a name that scripts can use: a function, or a method written type.method.
type Primitive struct {
	Name      string
	Signature string // as it is called
	Doc       string // one paragraph
	Example   string // a script, or the body of a run(); a test executes it
	do        primitive
}

// Family is a chapter of the documentation.
type Family struct {
	Title      string
	Doc        string
	Primitives []Primitive
}

// Families lists every primitive by chapter, in the order of reading. To add one, write its Go
// function and a line in the file of its family; the conformance test wants documentation, an
// example that runs, and docs/script.md generated anew.
func Families() []Family {
	return []Family{
		settingsFamily(), formsFamily(), flowsFamily(),
		ofRuns(dataFamily(), "turns"), ofRuns(modelsFamily()), ofRuns(trainingFamily()), ofRuns(loopFamily()), ofRuns(recordFamily(), "log"),
		elementwiseFamily(), reductionFamily(), hostFamily(), statisticsFamily(),
	}
}

// ofRuns refuses a family's functions to flows, but for some.
func ofRuns(f Family, except ...string) Family {
	for i, p := range f.Primitives {
		if p.do != nil && !slices.Contains(except, p.Name) {
			f.Primitives[i].do = inRuns(p.do)
		}
	}
	return f
}

// Catalog lists every primitive.
func Catalog() []Primitive {
	var all []Primitive
	for _, f := range Families() {
		all = append(all, f.Primitives...)
	}
	return slices.Clip(all)
}
