// How zkmark talks to a peer; peers/README.md has the protocol in words.
package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// job is one case as zkmark describes it.
type job struct {
	Kernel     string            `json:"kernel"`
	Parameters parameters        `json:"parameters"`
	Threads    int               `json:"threads"`
	Inputs     map[string]string `json:"inputs"`
	Output     string            `json:"output"`
}

type parameters struct {
	Field     string `json:"field"`
	LogSize   int    `json:"log_size"`
	Batch     int    `json:"batch"`
	Direction string `json:"direction"`
	Order     string `json:"order"`
	Coset     bool   `json:"coset"`
	Curve     string `json:"curve"`
	Size      int    `json:"size"`
}

// words reads an input of 64-bit words; elements have several, the least significant first.
func (j *job) words(name string) ([]uint64, error) {
	bytes, err := os.ReadFile(j.Inputs[name])
	if err != nil {
		return nil, err
	}
	words := make([]uint64, len(bytes)/8)
	for i := range words {
		words[i] = binary.LittleEndian.Uint64(bytes[8*i:])
	}
	return words, nil
}

// prepared is a case made ready: what the library needs is in its own form.
type prepared interface {
	// run calls the library once and returns the time of that call.
	run() (time.Duration, error)
	// output returns the last run's output in zkmark's form.
	output() []uint64
}

func answer(value any) {
	line, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(line))
}

func failure(text string) map[string]any { return map[string]any{"error": text} }

func respond(request string, p prepared, output string) any {
	words := strings.Fields(request)
	switch {
	case len(words) == 2 && words[0] == "run":
		times, err := strconv.Atoi(words[1])
		if err != nil || times < 0 {
			return failure("not a number of runs: " + words[1])
		}
		seconds := make([]float64, times)
		for i := range seconds {
			// What the run before left behind is cleaned up outside of what is timed.
			runtime.GC()
			spent, err := p.run()
			if err != nil {
				return failure(err.Error())
			}
			seconds[i] = spent.Seconds()
		}
		return map[string]any{"seconds": seconds}
	case len(words) == 1 && words[0] == "output":
		result := p.output()
		bytes := make([]byte, 8*len(result))
		for i, word := range result {
			binary.LittleEndian.PutUint64(bytes[8*i:], word)
		}
		if err := os.WriteFile(output, bytes, 0o600); err != nil {
			return failure("the output cannot be written: " + err.Error())
		}
		return map[string]any{"written": true}
	}
	return failure("no such request: " + request)
}

// serve answers one job; prepare says in an error's sentence why it cannot.
func serve(prepare func(*job) (prepared, error)) {
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	var j job
	if err := json.Unmarshal(text, &j); err != nil {
		panic(err)
	}
	runtime.GOMAXPROCS(j.Threads)
	p, err := prepare(&j)
	if err != nil {
		answer(map[string]any{"unsupported": err.Error()})
		return
	}
	answer(map[string]any{"ready": true, "differs": []string{}})
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		request := strings.TrimSpace(lines.Text())
		if request == "quit" {
			return
		}
		answer(respond(request, p, j.Output))
	}
}
