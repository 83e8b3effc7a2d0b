package engine

// holds returns the first error of the conditions that a caller sets for
// changing an object as it is now. They run in the transaction that changes
// it, perhaps more than once.
func holds[T any](object T, only []func(T) error) error {
	for _, condition := range only {
		if err := condition(object); err != nil {
			return err
		}
	}
	return nil
}
