// Package webp writes WebP images with libwebp, which runs as WebAssembly: inside the program's one static file, with
// memory of its own that it cannot leave. Where the module comes from, and its licences, are in LICENSE.
package webp

import (
	"bytes"
	"compress/gzip"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"io"
	"sync"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

//go:embed webp.wasm.gz
var module []byte

const (
	maxPages = 512 << 20 / (64 << 10) // of memory for one image
	method   = 4                      // libwebp's own middle between speed and size, 0–6
)

// compiled is the module, made ready on first use. That takes a fraction of a second and some megabytes, which a
// service that shows no images should not pay.
var compiled = sync.OnceValues(func() (*encoder, error) {
	ctx := context.Background()
	unzipped, err := gzip.NewReader(bytes.NewReader(module))
	if err != nil {
		return nil, err
	}
	code, err := io.ReadAll(unzipped)
	if err != nil {
		return nil, err
	}
	rt := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().WithMemoryLimitPages(maxPages).WithCloseOnContextDone(true))
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, rt); err != nil {
		return nil, err
	}
	m, err := rt.CompileModule(ctx, code)
	return &encoder{rt, m}, err
})

type encoder struct {
	runtime wazero.Runtime
	module  wazero.CompiledModule
}

// Encode writes the image. Quality is 1–99, or 100 for no loss at all. It ends with ctx.
func Encode(ctx context.Context, dst io.Writer, img image.Image, quality int) error {
	e, err := compiled()
	if err != nil {
		return fmt.Errorf("webp: %w", err)
	}
	inst, err := e.runtime.InstantiateModule(ctx, e.module, wazero.NewModuleConfig().WithName("").WithStartFunctions("_initialize"))
	if err != nil {
		return fmt.Errorf("webp: %w", err)
	}
	defer inst.Close(context.WithoutCancel(ctx))
	if err := encode(ctx, inst, dst, pixels(img), quality); err != nil {
		return fmt.Errorf("webp: %w", err)
	}
	return nil
}

// pixels are those of the image as libwebp takes them: red, green, blue, alpha, not premultiplied, without gaps.
func pixels(img image.Image) *image.NRGBA {
	b := img.Bounds()
	if n, ok := img.(*image.NRGBA); ok && n.Stride == 4*b.Dx() && b.Min == (image.Point{}) {
		return n
	}
	n := image.NewNRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(n, n.Bounds(), img, b.Min, draw.Src)
	return n
}

func encode(ctx context.Context, inst api.Module, dst io.Writer, img *image.NRGBA, quality int) error {
	in, err := call(ctx, inst, "malloc", uint64(len(img.Pix)))
	if err != nil {
		return err
	}
	length, err := call(ctx, inst, "malloc", 8)
	if err != nil {
		return err
	}
	if !inst.Memory().Write(in, img.Pix) {
		return errors.New("the image does not fit")
	}
	lossless := uint64(quality / 100)
	const rgba, exact = 0, 0
	out, err := call(ctx, inst, "encode", uint64(in), uint64(img.Rect.Dx()), uint64(img.Rect.Dy()), uint64(length), // no negative sizes
		rgba, uint64(quality), method, lossless, exact) // 1–100
	if err != nil {
		return err
	}
	n, ok := inst.Memory().ReadUint32Le(length)
	if !ok || n == 0 {
		return errors.New("the image was not encoded")
	}
	b, ok := inst.Memory().Read(out, n)
	if !ok {
		return errors.New("the encoder pointed outside its memory")
	}
	_, err = dst.Write(b)
	return err
}

// call calls a function of the module that gives an address. Nothing is freed: the module is thrown away.
func call(ctx context.Context, inst api.Module, name string, args ...uint64) (uint32, error) {
	results, err := inst.ExportedFunction(name).Call(ctx, args...)
	if err != nil {
		return 0, err
	}
	if results[0] == 0 {
		return 0, fmt.Errorf("%s gave nothing", name)
	}
	return uint32(results[0]), nil // an address of 32 bits
}
