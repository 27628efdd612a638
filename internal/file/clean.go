package file

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/cpics/working-together-api/internal/blob"
	"github.com/cpics/working-together-api/internal/errs"
	"github.com/cpics/working-together-api/internal/file/picture"
)

// clean takes out of an image what it tells about people and places, before anything of it is kept. From then on the
// upload is what was left: its size and digest are those of the bytes that readers get.
func (u *upload) clean(ctx context.Context, store *blob.Store, mediaType string) error {
	if !picture.Is(mediaType) {
		return nil
	}
	spool, err := store.Spool()
	if err != nil {
		return err
	}
	sum := sha256.New()
	changed, err := picture.Strip(ctx, io.MultiWriter(keeper{spool}, sum), u.spool, u.size, mediaType)
	if err != nil || !changed {
		return errors.Join(err, spool.Close())
	}
	size, err := spool.Seek(0, io.SeekEnd)
	if err != nil {
		return errors.Join(errs.New(errs.Unavailable, "The file could not be kept. Try again later.").Because(fmt.Errorf("measure what is left of an image: %w", err)), spool.Close())
	}
	u.Close()
	u.spool, u.size, u.sha256 = spool, size, hex.EncodeToString(sum.Sum(nil))
	return nil
}
