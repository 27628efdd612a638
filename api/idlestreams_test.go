package api_test

import (
	"bufio"
	"fmt"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/cpics/working-together-api/api/apitest"
	"github.com/cpics/working-together-api/internal/database"
	"github.com/cpics/working-together-api/internal/database/dbtest"
)

// TestThousandsOfIdleStreamsCostLittle is not run beside others, whose memory would be counted too.
func TestThousandsOfIdleStreamsCostLittle(t *testing.T) {
	for _, engine := range []database.Engine{database.SQLite, database.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			s := apitest.New(t, dbtest.New(t, engine))
			published(s, "/v1/pages", text("Before"))
			const streams, most = 2000, 64 << 10
			openIdle(t, s, 50) // what is made once is made now
			before := memory()
			idle := openIdle(t, s, streams)
			each := (memory() - before) / streams
			t.Logf("%d bytes a stream, both ends of the connection", each)
			if each > most {
				t.Errorf("each idle stream costs %d bytes", each)
			}
			for i := range 3 {
				began := time.Now()
				published(s, "/v1/pages", text(fmt.Sprint("Page ", i)))
				for _, stream := range idle {
					awaitLine(t, stream, fmt.Sprintf(`"title":"Page %d"`, i))
				}
				t.Logf("all of them had the line after %s", time.Since(began).Round(time.Millisecond))
			}
			if grown := (memory() - before) / streams; grown > most {
				t.Errorf("after some lines each stream costs %d bytes", grown)
			}
		})
	}
}

// memory is what the process uses for objects and stacks, after everything unused was freed.
func memory() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}

// openIdle opens streams that wait at the end of the log, with clients that need next to nothing themselves.
func openIdle(t *testing.T, s *apitest.Service, n int) []*bufio.Reader {
	t.Helper()
	streams := make([]*bufio.Reader, n)
	for i := range streams {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		if _, err := conn.Write([]byte("GET /v1/changes/stream HTTP/1.1\r\nHost: x\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
		streams[i] = bufio.NewReaderSize(conn, 64)
	}
	for _, stream := range streams {
		awaitLine(t, stream, `"title":"Before"`)
	}
	return streams
}

// awaitLine reads up to a line that holds the words.
func awaitLine(t *testing.T, from *bufio.Reader, words string) {
	t.Helper()
	for {
		line, err := from.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(line, words) {
			return
		}
	}
}
