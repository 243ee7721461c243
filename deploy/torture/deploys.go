package main

import "fmt"

// rollingDeploys are as many as half an hour's torture makes.
const rollingDeploys = 20

// deploys brings in one later version after the other under load: no client that
// asks once more, at the other gateway, is left without its answer.
func (t *torture) deploys(f *found) error {
	return t.underLoad(f, onServers, func(w *world, subjects map[string]subject) error {
		for n := range max(2, int(rollingDeploys*t.minutes/30)) {
			t.say("deploy %d", n+1)
			if err := deploy(w, nil); err != nil {
				return fmt.Errorf("deploy %d: %w", n+1, err)
			}
			if err := w.recovered(subjects, "a deploy with a migration"); err != nil {
				return err
			}
		}
		return nil
	})
}
