// gnark-crypto's transforms and multi-scalar multiplications.
package main

import "fmt"

func prepare(j *job) (prepared, error) {
	p := j.Parameters
	switch {
	case j.Kernel == "ntt" && p.Field == "bn254-fr":
		return prepareBn254Ntt(j)
	case j.Kernel == "ntt" && p.Field == "bls12-381-fr":
		return prepareBls12381Ntt(j)
	case j.Kernel == "ntt":
		return nil, fmt.Errorf("gnark-crypto is not asked for NTTs over %s", p.Field)
	case j.Kernel == "msm" && p.Curve == "bn254-g1":
		return prepareBn254Msm(j)
	case j.Kernel == "msm" && p.Curve == "bls12-381-g1":
		return prepareBls12381Msm(j)
	case j.Kernel == "msm":
		return nil, fmt.Errorf("gnark-crypto has no curve %s", p.Curve)
	}
	return nil, fmt.Errorf("gnark-crypto is not asked for %s", j.Kernel)
}

func main() { serve(prepare) }
