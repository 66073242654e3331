<?php
// Logs a user in to myApps with websocketphp8, which checks that the PBX knows the password too,
// and lists the user's Apps. Arguments: address of the PBX with port, name, password.
error_reporting(E_ALL & ~E_DEPRECATED);
require_once getenv('WEBSOCKETPHP8') . '/classes/websocket.class.php';

[, $host, $name, $password] = $argv;
$socket = new AppPlatform\WSClient('PBX', "wss://$host/PBX0/APPCLIENT/130000/websocket");
$login = new AppPlatform\UserPBXLoginAutomaton($socket, new AppPlatform\AppUserCredentials($name, $password));
$login->run();
$apps = array_map(fn($app) => $app->name, $login->getResults()->UpdateAppsMsg->apps);
$keys = $login->getSessionkeys();
echo json_encode([
    'login' => $login->getIsLoggedIn(),
    'apps' => $apps,
    'session' => $keys === null ? null : [strlen($keys->usr), strlen($keys->pw)],
]);
