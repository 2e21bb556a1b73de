// Measures go-tdx-guest and go-sev-guest: `measure tdx|snp FOLDER ROUNDS` verifies what bench/verification wrote into
// FOLDER, again and again, and prints the nanoseconds of one verification, one line a round.
package main

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	sevabi "github.com/google/go-sev-guest/abi"
	sevpb "github.com/google/go-sev-guest/proto/sevsnp"
	sev "github.com/google/go-sev-guest/verify"
	tdx "github.com/google/go-tdx-guest/verify"
)

const round = 100 * time.Millisecond

type folder string

func (f folder) read(name string) []byte {
	content, err := os.ReadFile(filepath.Join(string(f), name))
	check(err)
	return content
}

func (f folder) der(name string) []byte {
	block, _ := pem.Decode(f.read(name))
	return block.Bytes
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// pcs answers as Intel's service does, out of memory.
type pcs struct {
	tcbInfo, qeIdentity, pckCrl, rootCrl []byte
	signerChain, pckChain                string
}

func (p *pcs) Get(address string) (map[string][]string, []byte, error) {
	switch {
	case strings.Contains(address, "/pckcrl"):
		return map[string][]string{"Sgx-Pck-Crl-Issuer-Chain": {p.pckChain}}, p.pckCrl, nil
	case strings.Contains(address, "/tcb?"):
		return map[string][]string{"Tcb-Info-Issuer-Chain": {p.signerChain}}, p.tcbInfo, nil
	case strings.Contains(address, "/qe/identity"):
		return map[string][]string{"Sgx-Enclave-Identity-Issuer-Chain": {p.signerChain}}, p.qeIdentity, nil
	default:
		return nil, p.rootCrl, nil
	}
}

// kds answers with AMD's revocation list, out of memory.
type kds []byte

func (k kds) Get(string) ([]byte, error) {
	return k, nil
}

func tdxQuote(in folder, now time.Time) func() error {
	quote := in.read("quote.bin")
	service := &pcs{
		tcbInfo:     in.read("tcb-info.json"),
		qeIdentity:  in.read("qe-identity.json"),
		pckCrl:      in.read("pck-crl.der"),
		rootCrl:     in.read("root-crl.der"),
		signerChain: url.QueryEscape(string(in.read("signer-chain.pem"))),
		pckChain:    url.QueryEscape(string(in.read("pck-chain.pem"))),
	}
	// Intel's root: without it named, the package warns of its built-in one at each verification.
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(in.read("root.pem"))
	return func() error {
		return tdx.RawTdxQuote(quote, &tdx.Options{
			CheckRevocations: true, GetCollateral: true, Getter: service, Now: now, TrustedRoots: roots})
	}
}

func snpReport(in folder, now time.Time) func() error {
	report := in.read("report.bin")
	chain := &sevpb.CertificateChain{VcekCert: in.read("vcek.der"), AskCert: in.der("ask.pem"), ArkCert: in.der("ark.pem")}
	crl := kds(in.read("crl.der"))
	return func() error {
		parsed, err := sevabi.ReportToProto(report)
		if err != nil {
			return err
		}
		return sev.SnpAttestation(&sevpb.Attestation{Report: parsed, CertificateChain: chain}, &sev.Options{
			CheckRevocations: true, DisableCertFetching: true, Getter: crl, Now: now})
	}
}

func main() {
	in := folder(os.Args[2])
	rounds, err := strconv.Atoi(os.Args[3])
	check(err)
	seconds, err := strconv.ParseInt(strings.TrimSpace(string(in.read("instant"))), 10, 64)
	check(err)
	verify := snpReport
	if os.Args[1] == "tdx" {
		verify = tdxQuote
	}
	once := verify(in, time.Unix(seconds, 0).UTC())
	for i := -1; i < rounds; i++ {
		count := 0
		start := time.Now()
		for time.Since(start) < round {
			check(once())
			count++
		}
		if i >= 0 {
			fmt.Println(time.Since(start).Nanoseconds() / int64(count))
		}
	}
}
