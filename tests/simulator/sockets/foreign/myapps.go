//go:build ignore

// Logs a user in with go-myapps and waits for the user's Apps. Arguments: address of the PBX with
// port, name, password, and a file for the session.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/ricoschulte/go-myapps/connection"
)

type lister struct {
	mt   string
	done chan bool
}

func (l *lister) GetMt() string { return l.mt }

var apps = []string{}

func (l *lister) HandleMessage(session *connection.MyAppsConnection, message []byte) error {
	var told connection.UpdateAppsInfo
	_ = json.Unmarshal(message, &told)
	if l.mt == "UpdateAppsInfo" {
		apps = append(apps, told.App.Name)
		return nil
	}
	show(map[string]any{"login": session.LoggedIn, "sip": session.User.Sip, "apps": apps})
	l.done <- true
	return nil
}

func main() {
	done := make(chan bool)
	config := connection.Config{
		Host: os.Args[1], Username: os.Args[2], Password: os.Args[3], SessionFilePath: os.Args[4],
		SecretKey: []byte("a key of this test alone"), UserAgent: "test", InsecureSkipVerify: true,
	}
	_ = config.Handler.AddHandler(&lister{"UpdateAppsInfo", done})
	_ = config.Handler.AddHandler(&lister{"UpdateAppsComplete", done})
	var group sync.WaitGroup
	go config.StartSession(&group)
	select {
	case <-done:
	case <-time.After(time.Minute):
		show(map[string]any{"login": false})
	}
}

func show(found map[string]any) {
	text, _ := json.Marshal(found)
	fmt.Println(string(text))
}
