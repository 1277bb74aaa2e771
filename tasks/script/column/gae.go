package column

import "fmt"

// Episodes are sampled texts as a reinforcement learner sees them: each token that the mask marks is
// an action, drawn in the state that the token before it ends. All tables have one number a token.
type Episodes struct {
	Rewards *Column   // of each action; 0 off the mask
	Values  *Column   // what a value model reads at each token
	Mask    *Column   // 1 at each action
	Last    []float64 // of each episode, what it is given at its end
	// After says which episodes have a state behind their last action, such as the one after the end of
	// a text, whose value is learned too: Last is then its reward, else that of the last action.
	After []float64
}

// Advantages are what GAE makes of episodes. Returns and ValueMask stand where the values were read: one
// token before the action.
type Advantages struct{ Advantage, Returns, ValueMask *Column }

// GAE is generalised advantage estimation (Schulman et al. 2016, eq. 16) over episodes that end: with
// δ_t = r_t + γV_{t+1} − V_t, and V = 0 behind the last state, A_t = Σ_l (γλ)^l δ_{t+l}; returns are A + V.
// With whiten, rewards (Last included) are first divided by their standard deviation over all states, their
// mean staying as it is (Ziegler et al. 2019). An episode without actions has none of it.
func GAE(e Episodes, gamma, lambda float64, whiten bool) (Advantages, error) {
	if err := e.check(); err != nil {
		return Advantages{}, err
	}
	rewards, valueMask := e.steps()
	if whiten {
		var err error
		if rewards, err = Whiten(rewards, valueMask, false); err != nil {
			return Advantages{}, err
		}
	}
	out := Advantages{Advantage: rewards.like(), Returns: rewards.like(), ValueMask: valueMask}
	out.Advantage.Each(func(i int, advantage []float64) {
		reward, value, state, returns := rewards.Row(i), e.Values.Row(i), valueMask.Row(i), out.Returns.Row(i)
		a, next := 0.0, 0.0 // of the state behind
		for t := len(state) - 1; t >= 0; t-- {
			if state[t] == 0 {
				continue
			}
			a = reward[t] + gamma*next - value[t] + gamma*lambda*a
			next, returns[t] = value[t], a+value[t]
			if t+1 < len(state) && e.Mask.Row(i)[t+1] != 0 {
				advantage[t+1] = a
			}
		}
	})
	return out, nil
}

// steps moves rewards to the states in which they were earned, and marks those.
func (e Episodes) steps() (rewards, states *Column) {
	rewards, states = e.Rewards.like(), e.Rewards.like()
	e.Mask.Each(func(i int, mask []float64) {
		reward, state, end := rewards.Row(i), states.Row(i), -1
		for t, m := range mask {
			if m != 0 {
				reward[t-1], state[t-1], end = e.Rewards.Row(i)[t], 1, t-1
			}
		}
		if end < 0 {
			return
		}
		if e.After[i] != 0 {
			end++
			state[end] = 1
		}
		reward[end] += e.Last[i]
	})
	return rewards, states
}

func (e Episodes) check() error {
	for _, c := range []*Column{e.Values, e.Mask} {
		if !e.Rewards.IsTable() || !c.IsTable() {
			return fmt.Errorf("rewards have the shape %s, values %s, the mask %s: want a number for each token", e.Rewards.Shape(), e.Values.Shape(), e.Mask.Shape())
		}
		if _, _, err := align(e.Rewards, c); err != nil {
			return err
		}
	}
	if len(e.Last) != e.Mask.Len() || len(e.After) != e.Mask.Len() {
		return fmt.Errorf("%d last rewards and %d marks of an end for %d episodes", len(e.Last), len(e.After), e.Mask.Len())
	}
	for i := range e.Mask.Len() {
		if row := e.Mask.Row(i); len(row) > 0 && row[0] != 0 {
			return fmt.Errorf("episode %d begins with an action: there is no state before its first token", i)
		}
	}
	return nil
}
