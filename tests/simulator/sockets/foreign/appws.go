//go:build ignore

// Reads a PBX with go-inno-appws. Arguments: address of the socket, name and password of the App object.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/innovaphone/go-inno-appws/appws"
)

type object = map[string]any

const pingInterval = 200 * time.Millisecond

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	client, err := appws.Dial(ctx, appws.Config{
		URL: os.Args[1], App: os.Args[2], Password: os.Args[3], Info: object{}, PingInterval: pingInterval,
	})
	if err != nil {
		show(object{"login": false, "why": err.Error()})
		return
	}
	found := object{"login": true}
	users := 0
	for cn := ""; ; {
		page := ask(ctx, client, "PbxAdminApi", "SearchUsers", object{"cn": cn}, "u"+cn)["user"].([]any)
		if len(page) == 0 {
			break
		}
		users += len(page)
		cn = page[len(page)-1].(object)["cn"].(string)
	}
	found["users"] = users
	// It hangs up after twice its interval, unless its KeepAlive is answered.
	time.Sleep(3 * pingInterval)
	columns := object{"guid": object{}}
	ask(ctx, client, "PbxTableUsers", "ReplicateStart", object{"add": false, "del": false, "columns": columns}, "r")
	rows := 0
	for ask(ctx, client, "PbxTableUsers", "ReplicateNext", nil, "r")["columns"] != nil {
		rows++
	}
	found["rows"] = rows
	subscription, _ := client.Subscribe(ctx, "PbxAdminApi", "MonitorConfig", "m", nil)
	<-subscription.Events
	var told object
	_ = json.Unmarshal(<-subscription.Events, &told)
	found["domain"] = told["domain"]
	show(found)
	_ = client.Close(ctx)
}

func ask(ctx context.Context, client *appws.Client, api, mt string, fields object, src string) object {
	var answer object
	if err := client.Do(ctx, api, mt, fields, &answer, appws.WithSrc(src)); err != nil {
		panic(err)
	}
	return answer
}

func show(found object) {
	text, _ := json.Marshal(found)
	fmt.Println(string(text))
}
