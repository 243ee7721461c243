//go:build !race

package main

const isRaced = false
