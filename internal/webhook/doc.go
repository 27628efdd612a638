// Package webhook tells other services at once what happens in public: it sends every line of the change log that a
// webhook asks for to the webhook's address, signed as https://www.standardwebhooks.com says.
//
// A webhook follows the log from a place of its own, as any reader does, so publishing writes nothing for it and waits
// for nobody. Lines go out in their order, one after another, each at least once. What is not taken is tried again for
// three days, and nothing is dropped: a line waits in the log, or it is a failed delivery that can be repeated. Any
// replica sends; a lease in the database keeps two of them from sending the same at once.
//
// What a delivery says is read from the log each time it is sent, and kept nowhere else, nor is what the target
// answers: when an entry is recalled, its deliveries have nothing that must be erased.
package webhook
