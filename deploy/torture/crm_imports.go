package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// soldLine is a line of a receipt, as it comes in by an import.
type soldLine struct {
	id, customer, goods string
	amount              int
	answered            bool
}

// backOffice is the operator, who imports files of receipts' lines beside the
// gateways.
type backOffice struct{ program }

func (b *backOffice) act(random randomness) {
	time.Sleep(time.Second + time.Duration(random.IntN(int(2*time.Second))))
	lines := b.next(1+random.IntN(20), random)
	file, err := b.write(lines)
	if err != nil {
		b.wrong().strange("a file for an import: %v", err)
		return
	}
	defer os.Remove(file)
	begun := time.Now()
	for tries := 0; !b.c.w.broken.Load(); tries++ {
		said, v := b.run(file, lines[0].id)
		if v == refused && (tries == 0 || !strings.Contains(said, "this line is there already")) {
			b.wrong().strange("an import is refused: %s", said)
			return
		}
		if v == done || v == refused { // or the one before has done it
			b.answered(lines)
			return
		}
		if time.Since(begun) > gaveUp {
			b.wrong().strange("an import did not succeed for %s: %s", gaveUp, said)
			return
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// next are some lines that nobody has imported.
func (b *backOffice) next(count int, random randomness) (lines []*soldLine) {
	for range count {
		serial := b.chain.serials.next()
		lines = append(lines, &soldLine{
			id: fmt.Sprint("line", serial), customer: b.chain.anyCard(random), goods: fmt.Sprint("表ソポ ﾘﾈﾝ ", serial), amount: int(serial),
		})
	}
	b.chain.mu.Lock()
	defer b.chain.mu.Unlock()
	b.chain.lines = append(b.chain.lines, lines...)
	return lines
}

func (b *backOffice) answered(lines []*soldLine) {
	b.chain.mu.Lock()
	defer b.chain.mu.Unlock()
	for _, line := range lines {
		line.answered = true
	}
}

// write writes lines as a file in CP932.
func (b *backOffice) write(lines []*soldLine) (file string, err error) {
	text := "line_id,code,sales_date,shop,goods_name,price,quantity,amount\n"
	for _, line := range lines {
		text += fmt.Sprintf("%s,%s,%s,%s,%s,%d,1,%d\n", line.id, line.customer, crmDay, crmShop, line.goods, line.amount, line.amount)
	}
	file = filepath.Join(b.c.w.folder, "sales.csv")
	return file, os.WriteFile(file, []byte(inCP932(text)), 0o600)
}

// impatience is how long the operator looks at a command that does not end.
const impatience = time.Minute

// run imports a file once, as the operator of the first gateway's machine.
func (b *backOffice) run(file, about string) (said string, v verdict) {
	g := b.c.w.gateways[0]
	ctx, cancel := context.WithTimeout(context.Background(), impatience)
	defer cancel()
	command := exec.CommandContext(ctx, g.binary(), "crm", "import", "sales", file)
	command.Env = g.env
	begun := time.Now()
	text, err := command.CombinedOutput()
	switch said = string(text); {
	case err == nil:
		v = done
	case ctx.Err() != nil:
		v = wasCut
	case strings.Contains(said, "line 2"): // the file's first row: what is wrong stands in the file
		v = refused
	default:
		v = failed
	}
	b.c.w.memory.note(b.c, call{operation: "import sales", about: about}, g, v, time.Since(begun))
	b.wrong().called("import sales", v)
	return said, v
}

// linesOf are the amounts of a customer's lines by their goods, of those that were
// answered or of all.
func (ch *chain) linesOf(code string, answered bool) map[string]int {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	amounts := map[string]int{}
	for _, line := range ch.lines {
		if line.customer == code && (line.answered || !answered) {
			amounts[line.goods] = line.amount
		}
	}
	return amounts
}
