package main

import "fmt"

// rollingDeploys are as many as half an hour's torture makes.
const rollingDeploys = 20

// deploys brings in one later version after the other under load: no client that
// asks once more, at the other gateway, is left without its answer.
func (t *torture) deploys(f *found) error {
	w, err := t.world(onServers, f)
	if err != nil {
		return err
	}
	defer w.close()
	subjects, err := w.subjects()
	if err != nil {
		return err
	}
	stop := w.call(subjects)
	for n := range max(2, int(rollingDeploys*t.minutes/30)) {
		t.say("deploy %d", n+1)
		if err := deploy(w, nil); err != nil {
			return fmt.Errorf("deploy %d: %w", n+1, err)
		}
		if err := w.recovered(subjects, "a deploy with a migration"); err != nil {
			return err
		}
	}
	if err := stop(); err != nil {
		return err
	}
	return w.audit(subjects)
}
