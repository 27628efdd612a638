package feed

import (
	"github.com/cpics/working-together-api/internal/represent"
	"github.com/cpics/working-together-api/internal/web"
)

// JSONFeed is a feed in the form of JSON Feed 1.1 (www.jsonfeed.org).
type JSONFeed struct {
	Version     string           `json:"version" validate:"required" example:"https://jsonfeed.org/version/1.1"`
	Title       string           `json:"title" validate:"required" example:"Working Together: case studies"`
	HomePageURL string           `json:"home_page_url" validate:"required" format:"uri" example:"https://www.example.nhs.uk/working-together/"`
	FeedURL     string           `json:"feed_url" validate:"required" format:"uri" example:"https://api.example.nhs.uk/v1/feeds/case-studies.json"`
	Description string           `json:"description" validate:"required" example:"What was published or thoroughly revised, newest first."`
	NextURL     string           `json:"next_url,omitempty" format:"uri" example:"https://api.example.nhs.uk/v1/feeds/case-studies.json?cursor=AAEyMDI2"` // older entries
	Authors     []JSONFeedAuthor `json:"authors" validate:"required"`
	Language    string           `json:"language" validate:"required" example:"en-GB"`
	Items       []JSONFeedItem   `json:"items" validate:"required"` // newest first
}

// JSONFeedAuthor is who publishes.
type JSONFeedAuthor struct {
	Name string `json:"name" validate:"required" example:"Working Together"`
	URL  string `json:"url" validate:"required" format:"uri" example:"https://www.example.nhs.uk/working-together/"`
}

// JSONFeedItem is an entry of a JSON feed.
type JSONFeedItem struct {
	ID            string               `json:"id" validate:"required" format:"uri" example:"urn:uuid:018d2a40-1c00-7b21-8c3f-6a1b3e4d5c02"` // never changes
	URL           string               `json:"url" validate:"required" format:"uri" example:"https://www.example.nhs.uk/working-together/case-study/shorter-waits"`
	Title         string               `json:"title" validate:"required" example:"Shorter waits for physiotherapy"`
	ContentHTML   string               `json:"content_html,omitempty" example:"<p>People waited because referrals took a detour.</p>"` // the whole text, with content=full
	ContentText   string               `json:"content_text,omitempty" example:"How two services agreed on one referral route."`        // the summary, without
	Summary       string               `json:"summary" validate:"required" example:"How two services agreed on one referral route."`
	DatePublished string               `json:"date_published" validate:"required" format:"date-time" example:"2026-03-02T09:00:00Z"` // of the newest major edition, moved on by a second where needed
	Tags          []string             `json:"tags" validate:"required" example:"Referrals"`
	Language      string               `json:"language" validate:"required" example:"en-GB"`
	Image         string               `json:"image,omitempty" format:"uri" example:"https://api.example.nhs.uk/v1/files/0197a3c2-5d1e-7c44-9a51-3f1f6f0c2b77/ward.jpg"`
	Attachments   []JSONFeedAttachment `json:"attachments,omitempty"`
}

// JSONFeedAttachment is a file of an entry.
type JSONFeedAttachment struct {
	URL         string `json:"url" validate:"required" format:"uri" example:"https://api.example.nhs.uk/v1/files/0197a3c2-5d1e-7c44-9a51-3f1f6f0c2b77/poster.pdf"`
	MimeType    string `json:"mime_type" validate:"required" example:"application/pdf"`
	Title       string `json:"title,omitempty" example:"Poster, A3"`
	SizeInBytes int64  `json:"size_in_bytes" validate:"required" example:"482133"`
}

func writeJSON(p page) ([]byte, error) {
	f := JSONFeed{Version: "https://jsonfeed.org/version/1.1", Title: p.title, HomePageURL: p.site.Home(), FeedURL: p.self,
		Description: p.about(), NextURL: p.next, Authors: []JSONFeedAuthor{{represent.Name, p.site.Home()}}, Language: "en-GB", Items: []JSONFeedItem{}}
	for _, e := range p.entries {
		f.Items = append(f.Items, p.jsonItem(e))
	}
	return web.Marshal(f)
}

func (p page) jsonItem(e entry) JSONFeedItem {
	item := JSONFeedItem{ID: e.guid(), URL: e.Core.Links.Web, Title: e.Title, ContentHTML: e.html, Summary: e.Summary,
		DatePublished: atomDate(e.date), Language: e.Language, Tags: []string{}}
	if e.html == "" {
		item.ContentText = e.Summary
	}
	if e.Description.Image != nil {
		item.Image = e.Description.Image.Href
	}
	for _, t := range p.tags(e) {
		item.Tags = append(item.Tags, t.label)
	}
	for _, f := range e.Files {
		item.Attachments = append(item.Attachments, JSONFeedAttachment{f.Href, f.MediaType, f.Label, f.Size})
	}
	return item
}
