<?php
// Logs in to a PBX with websocketphp8's own automaton, and reads with its own messages.
// Arguments: address of the socket, name and password of the App object.
error_reporting(E_ALL & ~E_DEPRECATED);
require_once getenv('WEBSOCKETPHP8') . '/classes/websocket.class.php';

class Reader extends AppPlatform\FinitStateAutomaton {
    public $found = [];

    private function ask($mt, ...$fields) {
        $this->sendMessage(new AppPlatform\Message($mt, 'api', 'PbxAdminApi', ...$fields));
    }

    public function ReceiveInitialStart(AppPlatform\Message $msg) {
        $this->ask('GetObject', 'h323', 'pbxmanager', 'src', str_repeat('long', 3000));
    }

    public function ReceiveInitialGetObjectResult(AppPlatform\Message $msg) {
        $this->found['admin'] = $msg->pseudo->app->admin;
        $this->ask('SearchUsers', 'cn', '');
    }

    public function ReceiveInitialSearchUsersResult(AppPlatform\Message $msg) {
        $this->found['users'] = ($this->found['users'] ?? 0) + count($msg->user);
        if (!count($msg->user)) {
            return 'Dead';
        }
        $this->ask('SearchUsers', 'cn', end($msg->user)->cn);
    }
}

[, $url, $app, $password] = $argv;
$socket = new AppPlatform\WSClient('PBX', $url);
$login = new AppPlatform\AppLoginAutomaton($socket, new AppPlatform\AppServiceCredentials($app, $password));
$login->run();
if (!$login->getIsLoggedIn()) {
    echo json_encode(['login' => false]);
    exit;
}
$reader = new Reader($socket);
$reader->run();
echo json_encode(['login' => true] + $reader->found);
