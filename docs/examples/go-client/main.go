// Command client runs the main flow with a generated client: it makes a case study, publishes, edits and deletes it, as
// a publisher, while a reader looks on. Package api is made by oapi-codegen from /v1/openapi.json; see oapi-codegen.yaml.
//
//	client API TOKEN
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"

	"example/client/api"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: client API TOKEN")
		os.Exit(2)
	}
	if err := flow(context.Background(), os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// flow ends at the first answer that is not the one expected.
func flow(ctx context.Context, server, token string) error {
	readers, err := api.NewClientWithResponses(server)
	if err != nil {
		return err
	}
	editors, err := api.NewClientWithResponses(server, api.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+token)
		return nil
	}))
	if err != nil {
		return err
	}
	id, tag, err := create(ctx, editors)
	if err != nil {
		return err
	}
	if tag, err = publish(ctx, editors, id, tag); err != nil {
		return err
	}
	if err := edit(ctx, editors, readers, id, tag); err != nil {
		return err
	}
	return remove(ctx, editors, readers, id)
}

// create makes a draft, and learns from the refused publish what it lacks.
func create(ctx context.Context, editors *api.ClientWithResponses) (id, tag string, err error) {
	created, err := editors.CreateCaseStudyWithResponse(ctx, nil, api.CaseStudyInput{Title: "One form instead of three"})
	if err := expect("create", 201, created, err); err != nil {
		return "", "", err
	}
	id, tag = created.JSON201.Id.String(), created.HTTPResponse.Header.Get("ETag")
	refused, err := editors.PublishCaseStudyWithResponse(ctx, id, &api.PublishCaseStudyParams{IfMatch: &tag}, api.PublishInput{})
	if err := expect("refused publish", 422, refused, err); err != nil {
		return "", "", err
	}
	var problem struct{ Checks []api.ContentCheck }
	if err := json.Unmarshal(refused.Body, &problem); err != nil {
		return "", "", err
	}
	for _, c := range problem.Checks {
		fmt.Printf("  %s: %s\n", c.Pointer, c.Help)
	}
	return id, tag, nil
}

// publish adds what was missing. The answer's tag is the one for the next write.
func publish(ctx context.Context, editors *api.ClientWithResponses, id, tag string) (string, error) {
	principles, err := editors.ListPrinciplesWithResponse(ctx, nil)
	if err := expect("list principles", 200, principles, err); err != nil {
		return "", err
	}
	list, err := principles.JSON200.AsPrincipleList()
	if err != nil || len(list.Items) == 0 {
		return "", errors.Join(err, errors.New("there is no principle to show"))
	}
	fixed, err := editors.PatchCaseStudyWithApplicationMergePatchPlusJSONBodyWithResponse(ctx, id,
		&api.PatchCaseStudyParams{IfMatch: tag}, api.CaseStudyPatch{
			Summary:            new("A ward and a care home agreed on one form."),
			Challenge:          new("Three forms said the same."),
			Approach:           new("Both sides wrote one."),
			Outcome:            new("It is filled in once."),
			Principles:         &[]string{list.Items[0].Id.String()},
			PatientInvolvement: new(api.CaseStudyPatchPatientInvolvement("none")),
		})
	if err := expect("fix", 200, fixed, err); err != nil {
		return "", err
	}
	tag = fixed.HTTPResponse.Header.Get("ETag")
	published, err := editors.PublishCaseStudyWithResponse(ctx, id, &api.PublishCaseStudyParams{IfMatch: &tag}, api.PublishInput{})
	if err := expect("publish", 200, published, err); err != nil {
		return "", err
	}
	return published.HTTPResponse.Header.Get("ETag"), nil
}

// edit changes the draft, which readers do not see.
func edit(ctx context.Context, editors, readers *api.ClientWithResponses, id, tag string) error {
	before, err := readers.GetCaseStudyWithResponse(ctx, id, nil)
	if err := expect("read", 200, before, err); err != nil {
		return err
	}
	edited, err := editors.PatchCaseStudyWithApplicationMergePatchPlusJSONBodyWithResponse(ctx, id,
		&api.PatchCaseStudyParams{IfMatch: tag}, api.CaseStudyPatch{Title: new("One form")})
	if err := expect("edit", 200, edited, err); err != nil {
		return err
	}
	after, err := readers.GetCaseStudyWithResponse(ctx, id, nil)
	if err := expect("read again", 200, after, err); err != nil {
		return err
	}
	if !bytes.Equal(before.Body, after.Body) {
		return errors.New("readers see an edit before it is published")
	}
	return nil
}

func remove(ctx context.Context, editors, readers *api.ClientWithResponses, id string) error {
	deleted, err := editors.DeleteCaseStudyWithResponse(ctx, id, &api.DeleteCaseStudyParams{IfMatch: "*"})
	if err := expect("delete", 204, deleted, err); err != nil {
		return err
	}
	gone, err := readers.GetCaseStudyWithResponse(ctx, id, nil)
	return expect("read what is gone", 410, gone, err)
}

// expect fails when a call did, or when its answer has another status.
func expect(what string, status int, answer interface{ StatusCode() int }, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if answer.StatusCode() != status {
		return fmt.Errorf("%s: %d instead of %d", what, answer.StatusCode(), status)
	}
	fmt.Printf("%s: %d\n", what, status)
	return nil
}
