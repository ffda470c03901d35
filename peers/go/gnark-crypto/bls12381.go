package main

import (
	"math/big"
	"time"

	"github.com/consensys/gnark-crypto/ecc"
	curve "github.com/consensys/gnark-crypto/ecc/bls12-381"
	"github.com/consensys/gnark-crypto/ecc/bls12-381/fp"
	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr"
	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr/fft"
	"github.com/consensys/gnark-crypto/utils"
)

func rawFrBls12381(words []uint64) fr.Element { return fr.Element(words) }

// rSquaredFrBls12381 returns an element whose value is R, and whose Montgomery form is R^2.
func rSquaredFrBls12381() (e fr.Element) {
	e.SetBigInt(new(big.Int).Lsh(big.NewInt(1), 64*fr.Limbs))
	return e
}

// The library's roots of unity and its generator of the coset are zkmark's.
func prepareBls12381Ntt(j *job) (prepared, error) {
	words, err := j.words("values")
	if err != nil {
		return nil, err
	}
	input := montgomery[fr.Element](words, fr.Limbs, rawFrBls12381, rSquaredFrBls12381())
	size := 1 << j.Parameters.LogSize
	domain := fft.NewDomain(uint64(size))
	options := []fft.Option{fft.WithNbTasks(j.Threads)}
	if j.Parameters.Coset {
		options = append(options, fft.OnCoset())
	}
	reversed := j.Parameters.Order == "bit-reversed"
	transform := func(values []fr.Element) {
		domain.FFT(values, fft.DIF, options...)
		if !reversed {
			utils.BitReverse(values)
		}
	}
	if j.Parameters.Direction == "inverse" {
		transform = func(values []fr.Element) {
			if !reversed {
				utils.BitReverse(values)
			}
			domain.FFTInverse(values, fft.DIT, options...)
		}
	}
	return &ntt[fr.Element, *fr.Element]{input, make([]fr.Element, len(input)), size, transform}, nil
}

type msmBls12381 struct {
	points  []curve.G1Affine
	scalars []fr.Element
	threads int
	sum     curve.G1Affine
}

func prepareBls12381Msm(j *job) (prepared, error) {
	points, err := j.words("points")
	if err != nil {
		return nil, err
	}
	scalars, err := j.words("scalars")
	if err != nil {
		return nil, err
	}
	var rSquared fp.Element
	rSquared.SetBigInt(new(big.Int).Lsh(big.NewInt(1), 64*fp.Limbs))
	p := &msmBls12381{
		points:  make([]curve.G1Affine, len(points)/(2*fp.Limbs)),
		scalars: montgomery[fr.Element](scalars, fr.Limbs, rawFrBls12381, rSquaredFrBls12381()),
		threads: j.Threads,
	}
	for i := range p.points {
		x := fp.Element(points[2*i*fp.Limbs : (2*i+1)*fp.Limbs])
		y := fp.Element(points[(2*i+1)*fp.Limbs : (2*i+2)*fp.Limbs])
		p.points[i].X.Mul(&x, &rSquared)
		p.points[i].Y.Mul(&y, &rSquared)
	}
	return p, nil
}

func (m *msmBls12381) run() (time.Duration, error) {
	start := time.Now()
	_, err := m.sum.MultiExp(m.points, m.scalars, ecc.MultiExpConfig{NbTasks: m.threads})
	return time.Since(start), err
}

func (m *msmBls12381) output() []uint64 {
	x, y := m.sum.X.Bits(), m.sum.Y.Bits()
	return append(append([]uint64{}, x[:]...), y[:]...)
}
