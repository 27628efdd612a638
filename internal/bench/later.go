package main

import "context"

func (b *bench) search(ctx context.Context, worlds []*world) error         { return nil }
func (b *bench) writes(ctx context.Context, worlds []*world) error         { return nil }
func (b *bench) publishing(ctx context.Context, worlds []*world) error     { return nil }
func (b *bench) files(ctx context.Context, worlds []*world) error          { return nil }
func (b *bench) startAndMemory(ctx context.Context, worlds []*world) error { return nil }
