package main

import "time"

// element is a pointer to a field element E of the library.
type element[E any] interface {
	*E
	Bits() [4]uint64
	Mul(*E, *E) *E
}

// ntt transforms polynomials that lie one after another, each by `transform`, in the library's Montgomery form.
type ntt[E any, P element[E]] struct {
	input, work []E
	size        int
	transform   func([]E)
}

// montgomery turns canonical words into elements: the words taken as they are, times the element whose
// Montgomery form is R^2.
func montgomery[E any, P element[E]](words []uint64, limbs int, raw func([]uint64) E, rSquared E) []E {
	elements := make([]E, len(words)/limbs)
	for i := range elements {
		e := raw(words[i*limbs : (i+1)*limbs])
		P(&elements[i]).Mul(&e, &rSquared)
	}
	return elements
}

func (n *ntt[E, P]) run() (time.Duration, error) {
	copy(n.work, n.input) // the library works in place
	start := time.Now()
	for at := 0; at < len(n.work); at += n.size {
		n.transform(n.work[at : at+n.size])
	}
	return time.Since(start), nil
}

func (n *ntt[E, P]) output() []uint64 {
	result := make([]uint64, 0, 4*len(n.work))
	for i := range n.work {
		bits := P(&n.work[i]).Bits()
		result = append(result, bits[:]...)
	}
	return result
}
