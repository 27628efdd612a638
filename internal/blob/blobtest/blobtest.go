// Package blobtest starts the stores that tests need besides a folder: real servers that speak S3 and Azure Blob, each
// the test's own and empty. What is missing fails the test and says how to get it.
package blobtest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
)

// install says how to get the servers.
const install = "run .ci/services, which installs it"

// patience is how long a server may take to start.
const patience = 30 * time.Second

// S3 is the address of an empty bucket of a versitygw, which keeps it in a folder.
func S3(t *testing.T) string {
	t.Helper()
	server, root, address := tool(t, "bin", "versitygw"), t.TempDir(), freeAddress(t)
	must(t, os.Mkdir(filepath.Join(root, "files"), 0o700))
	start(t, address, exec.Command(server, "--access", "test", "--secret", "testtest", "--port", address,
		"posix", "--sidecar", t.TempDir(), root))
	t.Setenv("AWS_ACCESS_KEY_ID", "test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "testtest")
	return "s3://files?region=us-east-1&use_path_style=true&endpoint=http://" + address
}

// The account that every Azurite has, as its documentation says.
const (
	azureAccount = "devstoreaccount1"
	azureKey     = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)

// Azure is the address of an empty container of an Azurite.
func Azure(t *testing.T) string {
	t.Helper()
	server, address := tool(t, "node_modules", ".bin", "azurite-blob"), freeAddress(t)
	host, port, err := net.SplitHostPort(address)
	must(t, err)
	start(t, address, exec.Command(server, "--silent", "--skipApiVersionCheck", "--disableTelemetry", "--inMemoryPersistence",
		"--blobHost", host, "--blobPort", port))
	credential, err := azblob.NewSharedKeyCredential(azureAccount, azureKey)
	must(t, err)
	client, err := azblob.NewClientWithSharedKeyCredential("http://"+address+"/"+azureAccount, credential, nil)
	must(t, err)
	_, err = client.CreateContainer(t.Context(), "files", nil)
	must(t, err)
	t.Setenv("AZURE_STORAGE_ACCOUNT", azureAccount)
	t.Setenv("AZURE_STORAGE_KEY", azureKey)
	return "azblob://files?localemu=true&protocol=http&domain=" + address
}

// tool is a program below the folder .ci.
func tool(t *testing.T, elements ...string) string {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	path := filepath.Join(append([]string{filepath.Dir(here), "..", "..", "..", ".ci"}, elements...)...)
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%s is missing: %s", filepath.Base(path), install)
	}
	return path
}

// freeAddress is one that nobody listens at.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	return l.Addr().String()
}

// start starts a server and waits until it listens. It ends with the test.
func start(t *testing.T, address string, server *exec.Cmd) {
	t.Helper()
	server.Stderr = t.Output()
	must(t, server.Start())
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			must(t, conn.Close())
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(fmt.Errorf("%s does not listen: %w", server.Path, err))
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
