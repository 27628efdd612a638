package database

import (
	"fmt"
	"sync"
	"unsafe"

	"modernc.org/libc"
	"modernc.org/libc/sys/types"
	sqlite3 "modernc.org/sqlite/lib"
)

// SQLite asks for each page that it keeps together with a header, 4,368 bytes, and the allocator under the driver gives a
// power of two for that: nearly half of the memory for pages would be wasted. Here pages get room of their own size.

const (
	pageRoom  = 4416    // bytes for a page with its header
	pageLeast = 4097    // what is smaller is no page
	pageRooms = 9 * 448 // how many there may be, for all connections and no more: what was used once stays taken. More come from the allocator as before
)

// pageHeap is the room for the pages of all connections.
var pageHeap struct {
	mu       sync.Mutex
	from, to uintptr
	next     uintptr   // where no room was given yet
	free     []uintptr // room that was given back
	before   sqlite3.Tsqlite3_mem_methods
}

// roomForPages has SQLite take memory for pages here. It must come before the first connection of the process, and fails
// after it; then pages take more memory, and nothing else is different.
var roomForPages = sync.OnceValue(func() error {
	h := &pageHeap
	tls := libc.NewTLS()
	defer tls.Close()
	arguments := libc.Xmalloc(tls, types.Size_t(unsafe.Sizeof(uintptr(0))))
	defer libc.Xfree(tls, arguments)
	methods := libc.Xcalloc(tls, 1, types.Size_t(unsafe.Sizeof(h.before))) // SQLite takes no memory that is Go's
	defer libc.Xfree(tls, methods)
	code := sqlite3.Xsqlite3_config(tls, sqlite3.SQLITE_CONFIG_GETMALLOC, libc.VaList(arguments, methods))
	if code != sqlite3.SQLITE_OK {
		return fmt.Errorf("ask SQLite for its allocator: code %d", code)
	}
	const size = pageRoom * pageRooms
	if h.from = libc.Xmalloc(tls, size); h.from == 0 {
		return fmt.Errorf("there are no %d bytes of addresses for pages", size)
	}
	h.next, h.to = h.from, h.from+size
	m := (*sqlite3.Tsqlite3_mem_methods)(*(*unsafe.Pointer)(unsafe.Pointer(&methods)))
	h.before = *m
	m.FxMalloc, m.FxFree, m.FxRealloc, m.FxSize = function(allocate), function(release), function(reallocate), function(allocated)
	code = sqlite3.Xsqlite3_config(tls, sqlite3.SQLITE_CONFIG_MALLOC, libc.VaList(arguments, methods))
	if code != sqlite3.SQLITE_OK {
		libc.Xfree(tls, h.from)
		return fmt.Errorf("give SQLite room for pages: code %d", code)
	}
	return nil
})

// function is a function as SQLite calls it: the driver makes its own in the same way. It must be one of the program's,
// no closure.
func function[F any](f F) uintptr { return *(*uintptr)(unsafe.Pointer(&f)) }

// called is the function behind such a value.
func called[F any](f *uintptr) F { return *(*F)(unsafe.Pointer(f)) }

// allocate is xMalloc, https://www.sqlite.org/c3ref/mem_methods.html.
func allocate(tls *libc.TLS, n int32) uintptr {
	h := &pageHeap
	if n < pageLeast || n > pageRoom {
		return called[func(*libc.TLS, int32) uintptr](&h.before.FxMalloc)(tls, n)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if last := len(h.free) - 1; last >= 0 {
		room := h.free[last]
		h.free = h.free[:last]
		return room
	}
	if h.next == h.to {
		return called[func(*libc.TLS, int32) uintptr](&h.before.FxMalloc)(tls, n)
	}
	h.next += pageRoom
	return h.next - pageRoom
}

// isPage says whether room was given for a page.
func isPage(p uintptr) bool { return p >= pageHeap.from && p < pageHeap.to }

// release is xFree.
func release(tls *libc.TLS, p uintptr) {
	h := &pageHeap
	if !isPage(p) {
		called[func(*libc.TLS, uintptr)](&h.before.FxFree)(tls, p)
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.free = append(h.free, p)
}

// reallocate is xRealloc.
func reallocate(tls *libc.TLS, p uintptr, n int32) uintptr {
	h := &pageHeap
	if !isPage(p) {
		return called[func(*libc.TLS, uintptr, int32) uintptr](&h.before.FxRealloc)(tls, p, n)
	}
	moved := allocate(tls, n)
	if moved != 0 {
		libc.Xmemcpy(tls, moved, p, types.Size_t(min(n, pageRoom)))
		release(tls, p)
	}
	return moved
}

// allocated is xSize.
func allocated(tls *libc.TLS, p uintptr) int32 {
	if !isPage(p) {
		return called[func(*libc.TLS, uintptr) int32](&pageHeap.before.FxSize)(tls, p)
	}
	return pageRoom
}
