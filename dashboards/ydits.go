package main

func ydits() board {
	return apiBoard("ydits", "YDITS", "Registration of software: accounts, keys, and programs that ask whether they may run.",
		guesses("ydits_.+"), nil, nil)
}
