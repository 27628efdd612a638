package openapi

import "testing"

func TestSchemaNames(t *testing.T) {
	n := newNames(map[string]any{"content.Links": nil, "overview.Links": nil, "content.LinkItem": nil})
	for swagName, want := range map[string]string{
		"principle.View":            "Principle",
		"principle.Input":           "PrincipleInput",
		"casestudy.View":            "CaseStudy",
		"toolkit.Draft":             "ToolkitAssetDraft",
		"content.LinkItem":          "LinkItem",
		"content.Links":             "ContentLinks",
		"overview.Links":            "OverviewLinks",
		"Chosen":                    "Chosen",
		"web.Page-principle_View":   "PrincipleList",
		"web.Page-content_LinkItem": "LinkItemList",
		"web.Page-Chosen":           "ChosenList",
		"web.Page-content_Wrapped-principle_Input": "PrincipleInputWrappedList",
		"content.EditionOf-casestudy_Input":        "CaseStudyInputEditionOf",
		"web.Page-content_EditionRecord":           "EditionRecordList",
	} {
		if got := n.schema(swagName); got != want {
			t.Errorf("%s: got %s, want %s", swagName, got, want)
		}
	}
}
