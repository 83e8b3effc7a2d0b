package entitlement

import "strings"

// sentenceList joins words as in a sentence: "a, b and c".
func sentenceList(words []string, conjunction string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " " + conjunction + " " + words[last]
}
