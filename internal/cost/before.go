package cost

// Before makes two bills of one configuration: as it is in another folder, such as a checkout of what is deployed, and as it
// is here. The difference is what a change costs.
func Before(before, folder, configuration string, assumed Assumptions) ([]*Bill, error) {
	bills, err := Compare(before, []string{configuration}, assumed)
	if err != nil {
		return nil, err
	}
	after, err := Compare(folder, []string{configuration}, assumed)
	if err != nil {
		return nil, err
	}
	bills[0].Configuration = "before"
	bills = append(bills, after...)
	if difference := bills[1].Total - bills[0].Total; len(bills[0].Missing())+len(bills[1].Missing()) == 0 {
		bills[1].Difference = &difference
	}
	return bills, nil
}
