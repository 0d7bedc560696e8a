// Records what the real os/exec does in the cases of osexec.json: see README.md.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// Case is what is run. Times are in milliseconds from the start.
type Case struct {
	Name        string `json:"name"`
	Script      string `json:"script"`
	Stdin       string `json:"stdin"`       // "pipe", or "bytes:N"
	Stdout      string `json:"stdout"`      // "" = collected, "file", "null", "pipe" = StdoutPipe, which is not read
	Stderr      string `json:"stderr"`      // "" = not set, "collect", "same" = as stdout
	Context     bool   `json:"context"`     // CommandContext
	CancelAtMs  int    `json:"cancelAtMs"`  // when the context is cancelled
	DeadlineMs  int    `json:"deadlineMs"`  // the context's deadline
	Cancel      string `json:"cancel"`      // "" = the default, a signal, "nil", "error", "error+SIGNAL", "done", "closeStdin", "block:MS"
	WaitDelayMs int    `json:"waitDelayMs"` // Cmd.WaitDelay
	MaxMs       int    `json:"maxMs"`       // Wait is expected to hang, and is given up then
	Want        Want   `json:"want"`
}

// Want is what os/exec makes of it.
type Want struct {
	Error       *string  `json:"error"`
	Is          []string `json:"is,omitempty"`
	Hangs       bool     `json:"hangs,omitempty"`
	ExitCode    *int     `json:"exitCode,omitempty"`
	State       *string  `json:"state,omitempty"`
	AtMs        int64    `json:"atMs"`
	CancelCalls int32    `json:"cancelCalls"`
	Stdout      *string  `json:"stdout,omitempty"`
	Stderr      *string  `json:"stderr,omitempty"`
}

var signals = map[string]syscall.Signal{
	"SIGHUP": syscall.SIGHUP, "SIGINT": syscall.SIGINT, "SIGQUIT": syscall.SIGQUIT, "SIGKILL": syscall.SIGKILL,
	"SIGTERM": syscall.SIGTERM, "SIGUSR1": syscall.SIGUSR1, "SIGUSR2": syscall.SIGUSR2,
}

// kinds are the errors that can be told apart by more than their text.
var kinds = []struct {
	name string
	is   func(error) bool
}{
	{"ExitError", func(err error) bool { var e *exec.ExitError; return errors.As(err, &e) }},
	{"ErrWaitDelay", func(err error) bool { return errors.Is(err, exec.ErrWaitDelay) }},
	{"Canceled", func(err error) bool { return errors.Is(err, context.Canceled) }},
	{"DeadlineExceeded", func(err error) bool { return errors.Is(err, context.DeadlineExceeded) }},
}

func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }

// recording is one case under way.
type recording struct {
	c              Case
	cmd            *exec.Cmd
	stdin          io.Closer
	stdout, stderr bytes.Buffer
	cancelCalls    atomic.Int32
}

func record(c Case) (Want, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r := &recording{c: c}
	start := time.Now()
	if c.DeadlineMs > 0 {
		ctx, cancel = context.WithDeadline(ctx, start.Add(ms(c.DeadlineMs)))
		defer cancel()
	}
	r.cmd = exec.Command("bash", "-c", c.Script)
	if c.Context {
		r.cmd = exec.CommandContext(ctx, "bash", "-c", c.Script)
	}
	// What a case leaves behind on purpose is in the leader's group, by which it is cleaned up.
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	r.cmd.WaitDelay = ms(c.WaitDelayMs)
	file, err := r.connect()
	if err != nil {
		return Want{}, err
	}
	if file != nil {
		defer os.Remove(file.Name())
		defer file.Close()
	}
	if err := r.setCancel(); err != nil {
		return Want{}, err
	}
	if err := r.cmd.Start(); err != nil {
		return Want{}, err
	}
	defer syscall.Kill(-r.cmd.Process.Pid, syscall.SIGKILL)
	if c.CancelAtMs > 0 {
		timer := time.AfterFunc(ms(c.CancelAtMs)-time.Since(start), cancel)
		defer timer.Stop()
	}
	waited := make(chan error, 1)
	go func() { waited <- r.cmd.Wait() }()
	var limit <-chan time.Time
	if c.MaxMs > 0 {
		limit = time.After(ms(c.MaxMs) - time.Since(start))
	}
	select {
	case err := <-waited:
		return r.want(err, time.Since(start)), nil
	case <-limit:
		return Want{Hangs: true, AtMs: int64(c.MaxMs), CancelCalls: r.cancelCalls.Load()}, nil
	}
}

// connect sets the standard streams. It returns the file, if one is stdout.
func (r *recording) connect() (file *os.File, err error) {
	switch r.c.Stdout {
	case "":
		r.cmd.Stdout = &r.stdout
	case "file":
		if file, err = os.CreateTemp("", "conformance-"); err != nil {
			return nil, err
		}
		r.cmd.Stdout = file
	case "pipe":
		if _, err = r.cmd.StdoutPipe(); err != nil {
			return nil, err
		}
	case "null":
	default:
		return nil, fmt.Errorf("unknown stdout %q", r.c.Stdout)
	}
	switch r.c.Stderr {
	case "":
	case "same":
		r.cmd.Stderr = r.cmd.Stdout
	case "collect":
		r.cmd.Stderr = &r.stderr
	default:
		return nil, fmt.Errorf("unknown stderr %q", r.c.Stderr)
	}
	if size, ok := strings.CutPrefix(r.c.Stdin, "bytes:"); ok {
		n, err := strconv.Atoi(size)
		r.cmd.Stdin = bytes.NewReader(bytes.Repeat([]byte("x"), n))
		return file, err
	}
	switch r.c.Stdin {
	case "":
		return file, nil
	case "pipe":
		r.stdin, err = r.cmd.StdinPipe()
		return file, err
	}
	return nil, fmt.Errorf("unknown stdin %q", r.c.Stdin)
}

func (r *recording) setCancel() error {
	if r.c.Cancel == "nil" {
		r.cmd.Cancel = nil
		return nil
	}
	act, err := r.cancelAction()
	if err != nil || act == nil {
		return err
	}
	r.cmd.Cancel = func() error {
		r.cancelCalls.Add(1)
		return act()
	}
	return nil
}

func (r *recording) cancelAction() (func() error, error) {
	how := r.c.Cancel
	boom := errors.New("boom")
	send := func(name string, result func(error) error) (func() error, error) {
		signal, ok := signals[name]
		if !ok {
			return nil, fmt.Errorf("unknown cancel %q", how)
		}
		return func() error { return result(r.cmd.Process.Signal(signal)) }, nil
	}
	if name, ok := strings.CutPrefix(how, "error+"); ok {
		return send(name, func(error) error { return boom })
	}
	if length, ok := strings.CutPrefix(how, "block:"); ok {
		n, err := strconv.Atoi(length)
		return func() error { time.Sleep(ms(n)); return nil }, err
	}
	switch how {
	case "":
		return r.cmd.Cancel, nil
	case "error":
		return func() error { return boom }, nil
	case "done":
		return func() error { return os.ErrProcessDone }, nil
	case "closeStdin":
		return r.stdin.Close, nil
	}
	return send(how, func(err error) error { return err })
}

func (r *recording) want(err error, after time.Duration) Want {
	code, state := r.cmd.ProcessState.ExitCode(), r.cmd.ProcessState.String()
	w := Want{ExitCode: &code, State: &state, AtMs: after.Milliseconds(), CancelCalls: r.cancelCalls.Load()}
	if err != nil {
		text := err.Error()
		w.Error = &text
		for _, kind := range kinds {
			if kind.is(err) {
				w.Is = append(w.Is, kind.name)
			}
		}
	}
	if r.c.Stdout == "" {
		text := r.stdout.String()
		w.Stdout = &text
	}
	if r.c.Stderr == "collect" {
		text := r.stderr.String()
		w.Stderr = &text
	}
	return w
}

func text(value any) string {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(err)
	}
	return strings.TrimSpace(buffer.String())
}

// recordAll runs every case of the file, prints what has changed, and returns the file's new contents.
func recordAll(old []byte) (string, error) {
	var recorded struct {
		Recorded string            `json:"recorded"`
		Cases    []json.RawMessage `json:"cases"`
	}
	if err := json.Unmarshal(old, &recorded); err != nil {
		return "", err
	}
	by := fmt.Sprintf("Go %s os/exec, %s/%s", strings.TrimPrefix(runtime.Version(), "go"), runtime.GOOS, runtime.GOARCH)
	lines := make([]string, len(recorded.Cases))
	changed := 0
	for i, raw := range recorded.Cases {
		var c Case
		if err := json.Unmarshal(raw, &c); err != nil {
			return "", err
		}
		want, err := record(c)
		if err != nil {
			return "", fmt.Errorf("%s: %w", c.Name, err)
		}
		before, now := c.Want, want
		before.AtMs, now.AtMs = 0, 0
		if !reflect.DeepEqual(before, now) {
			changed++
			fmt.Printf("%s:\n  was %s\n  is  %s\n", c.Name, text(c.Want), text(want))
		} else if late := want.AtMs - c.Want.AtMs; late > 100 || late < -100 {
			fmt.Printf("%s: after %d ms, was %d ms\n", c.Name, want.AtMs, c.Want.AtMs)
		}
		// Only what is wanted is replaced: the case stays as it was written.
		input, _, _ := strings.Cut(string(raw), `,"want":`)
		lines[i] = "  " + input + `,"want":` + text(want) + "}"
	}
	fmt.Printf("%d cases; %d differ from what %s did, timings aside\n", len(lines), changed, recorded.Recorded)
	return fmt.Sprintf("{\n \"recorded\": %s,\n \"cases\": [\n%s\n ]\n}\n", text(by), strings.Join(lines, ",\n")), nil
}

func main() {
	path := flag.String("file", filepath.Join("test", "conformance", "osexec.json"), "the file of cases")
	compare := flag.Bool("compare", false, "only say what differs; leave the file alone")
	flag.Parse()
	old, err := os.ReadFile(*path)
	if err == nil {
		var made string
		if made, err = recordAll(old); err == nil && !*compare {
			err = os.WriteFile(*path, []byte(made), 0o644)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
