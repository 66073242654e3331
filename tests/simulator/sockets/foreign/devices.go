//go:build ignore

// Logs a user in with go-myapps and through the PBX to Devices, and waits for the devices there.
// Arguments: address of the PBX with port, name, password, a file for the session, and how many
// devices there are.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/ricoschulte/go-myapps/appservice"
	"github.com/ricoschulte/go-myapps/connection"
	"github.com/ricoschulte/go-myapps/devicesapp"
)

type counter struct {
	wanted, seen int
	done         chan bool
}

func (c *counter) GetMt() string { return "GetDevicesResult" }

func (c *counter) HandleMessage(_ *appservice.AppServiceClient, message []byte) error {
	var told devicesapp.GetDevicesResult
	if err := json.Unmarshal(message, &told); err != nil {
		return err
	}
	if c.seen += len(told.Devices); c.seen == c.wanted {
		c.done <- true
	}
	return nil
}

func main() {
	wanted, _ := strconv.Atoi(os.Args[5])
	done := make(chan bool)
	app := devicesapp.NewDevicesApp()
	_ = app.Handler.MessageHandlerRegister.AddHandler(&counter{wanted: wanted, done: done})
	config := connection.Config{
		Host: os.Args[1], Username: os.Args[2], Password: os.Args[3], SessionFilePath: os.Args[4],
		SecretKey: []byte("a key of this test alone"), UserAgent: "test", InsecureSkipVerify: true,
	}
	_ = config.Handler.AddHandler(app.Handler)
	var group sync.WaitGroup
	go config.StartSession(&group)
	found := map[string]any{"devices": 0}
	select {
	case <-done:
		found["devices"] = len(app.Devices)
	case <-time.After(time.Minute):
	}
	text, _ := json.Marshal(found)
	fmt.Println(string(text))
}
