// Package archtest holds no code, only the test that keeps the direction of imports.
package archtest
