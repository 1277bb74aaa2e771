package web

// mostPast is how many of their own answers people look back on.
const mostPast = 200

// getHistory lists what somebody answered, the latest first.
func (s *Server) getHistory(c *call) error {
	past, err := s.o.Desk.History(c.who.ID, mostPast)
	if err != nil {
		return err
	}
	all := make([]Past, 0, len(past))
	for _, p := range past {
		task, err := s.o.Store.Task(p.Answer.Task)
		if err != nil {
			return err
		}
		f, err := s.names.form(s.o.Store, p.Answer.Form)
		if err != nil {
			return err
		}
		item, err := shown(f, task.Item)
		if err != nil {
			return err
		}
		all = append(all, Past{
			Answer: p.Answer.ID, Task: p.Answer.Task, Time: p.Answer.Time, Seconds: p.Answer.Seconds,
			Form: f, Item: item, Values: p.Answer.Values, Undone: p.Undone, Late: p.Answer.Late,
		})
	}
	return c.reply(all)
}
