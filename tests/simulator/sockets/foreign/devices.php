<?php
// Logs a user in to a PBX, through it to Devices, and reads the configuration of a box through that,
// all with websocketphp8. Arguments: address of the PBX with port, name, password, MAC of the box.
error_reporting(E_ALL & ~E_DEPRECATED);
require_once getenv('WEBSOCKETPHP8') . '/classes/websocket.class.php';

class Login extends AppPlatform\AppServiceLogin {
    protected function writeSessionKey($sk) { return true; }
    protected function readSessionKey() { return false; }
}

[, $host, $name, $password, $mac] = $argv;
$spec = new AppPlatform\AppServiceSpec('innovaphone-devices-api');
$credentials = new AppPlatform\AppUserCredentials($name, $password);
$login = new Login("ws://$host/PBX0/APPCLIENT/130000/websocket", $credentials, $spec, true);
if (!$login->connect()) {
    echo json_encode(['login' => false]);
    exit;
}
$devices = new AppPlatform\DevicesGetAdminAccess($login->getAppWebSocket($spec));
$devices->run();
$text = $devices->getConfigDump($mac, 'IP411', $file);
echo json_encode([
    'login' => $login->getAppAutomaton($spec)->getIsLoggedIn(),
    'devices' => count($devices->getDeviceInfo()),
    'configuration' => $text === false ? '' : hash('sha256', $text),
]);
