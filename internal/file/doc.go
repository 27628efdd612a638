// Package file takes, keeps and gives out files: uploads that are streamed and looked at before they are kept, their
// records, downloads, and the removal of what nobody uses. The rows that items refer to are of package content; bytes
// are kept by package blob.
package file
