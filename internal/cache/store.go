package cache

import (
	"container/list"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// busy is how recently an answer has been asked for that no other one displaces, however often that is asked for: what
	// is asked for more rarely costs next to nothing to make anew.
	busy = time.Second
	// patience is how many times longer an answer must have been left alone than it took its rival to be asked for again.
	patience = 2
	// looked is how many answers are looked at to find one to be displaced.
	looked = 16
	// perAddress is one address that is remembered for so many bytes of the budget: about as many as there is room for
	// small answers.
	perAddress = 4 << 10
)

// store keeps answers by address in a budget of bytes. A new answer is on trial, in a tenth of the budget, until newer
// ones have taken its room. Then it moves on where there is room for it, and else only its address is remembered, for a
// while. Who asks for that again makes the answer a rival of those that are kept: it displaces what has not been asked for
// in the last second, and for twice as long as it took the rival to be asked for again.
//
// So addresses that are asked for once displace nothing, whatever their number, nor do those that are asked for many times
// within a moment; what is busy stays in any case; and what is asked for again and again is in with the third request or
// so, once others have lost interest in what was there.
type store struct {
	now func() time.Duration // a clock that only goes forward

	mu          sync.RWMutex
	entries     map[string]*entry
	trial, main queue
	left        addresses // what left the trial, or was displaced
}

// entry is an answer's place in the store.
type entry struct {
	answer *Answer
	weight int64 // bytes
	queue  *queue
	at     *list.Element
	asked  atomic.Int64 // when it was last asked for, by the store's clock
}

// queue are entries, those that stand there longest first.
type queue struct {
	list.List
	weight, room int64
}

func newStore(budget int64) *store {
	began := time.Now()
	s := &store{now: func() time.Duration { return time.Since(began) }, entries: map[string]*entry{}}
	s.trial.room = budget / 10
	s.main.room = budget - s.trial.room
	s.left = newAddresses(int(budget / perAddress))
	return s
}

// get gives the answer that is kept for an address; nil when there is none.
func (s *store) get(address string) *Answer {
	s.mu.RLock()
	e := s.entries[address]
	if e == nil {
		s.mu.RUnlock()
		return nil
	}
	a := e.answer
	s.mu.RUnlock()
	e.asked.Store(int64(s.now()))
	return a
}

// put keeps an answer where may allows it, given what is kept for its address, which may be nil.
func (s *store) put(a *Answer, may func(kept *Answer) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.entries[a.key]
	switch {
	case e == nil && may(nil):
		s.admit(a)
	case e != nil && may(e.answer):
		e.answer = a
		s.reweigh(e)
	}
}

// admit finds a place for an answer that has none.
func (s *store) admit(a *Answer) {
	now := s.now()
	e := &entry{answer: a, weight: int64(a.size())}
	e.asked.Store(int64(now))
	if asked, ok := s.left.take(a.key); ok && s.displace(e.weight, now, max(busy, patience*(now-asked))) {
		s.place(e, &s.main)
		return
	}
	s.place(e, &s.trial)
	if e.weight > s.trial.room { // without emptying the trial for it
		s.moveOn(e)
	}
	s.settle()
}

// settle ends the trial of as many as others need the room of.
func (s *store) settle() {
	for s.trial.weight > s.trial.room {
		s.moveOn(s.trial.Front().Value.(*entry))
	}
}

// moveOn ends a trial.
func (s *store) moveOn(e *entry) {
	s.remove(e)
	if s.main.weight+e.weight <= s.main.room {
		s.place(e, &s.main)
		return
	}
	s.left.note(e.answer.key, time.Duration(e.asked.Load()))
}

// displace makes room for what weighs so much, by removing what has not been asked for that long, and says whether there
// is room now.
func (s *store) displace(weight int64, now, idle time.Duration) bool {
	if weight > s.main.room {
		return false
	}
	for s.main.weight+weight > s.main.room {
		e := s.idlest()
		asked := time.Duration(e.asked.Load())
		if now-asked < idle {
			return false
		}
		s.remove(e)
		s.left.note(e.answer.key, asked)
	}
	return true
}

// idlest is, of those that are looked at next, the entry that has not been asked for longest. There must be one.
func (s *store) idlest() *entry {
	var found *entry
	for range min(looked, s.main.Len()) {
		at := s.main.Front()
		s.main.MoveToBack(at)
		if e := at.Value.(*entry); found == nil || e.asked.Load() < found.asked.Load() {
			found = e
		}
	}
	return found
}

// reweigh notes what an entry weighs now. What is there already, and has grown, displaces others without a contest.
func (s *store) reweigh(e *entry) {
	weight := int64(e.answer.size())
	e.queue.weight += weight - e.weight
	e.weight = weight
	s.settle()
	for s.main.weight > s.main.room {
		s.remove(s.idlest())
	}
}

func (s *store) place(e *entry, q *queue) {
	e.queue, e.at = q, q.PushBack(e)
	q.weight += e.weight
	s.entries[e.answer.key] = e
}

func (s *store) remove(e *entry) {
	e.queue.Remove(e.at)
	e.queue.weight -= e.weight
	delete(s.entries, e.answer.key)
}

// discard removes an answer, unless another one is kept for its address.
func (s *store) discard(a *Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.entries[a.key]; e != nil && e.answer == a {
		s.remove(e)
	}
}

// drop removes the answers of which old is true.
func (s *store) drop(old func(*Answer) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.entries {
		if old(e.answer) {
			s.remove(e)
		}
	}
}

// weight is how many bytes the answers take, and how many they are.
func (s *store) weight() (bytes int64, answers int) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.trial.weight + s.main.weight, len(s.entries)
}
