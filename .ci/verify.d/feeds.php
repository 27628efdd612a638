<?php
// Reads the feeds with WordPress's own reader, as its block "RSS" does, before and after two pages are published in one
// second, and looks at what Power Automate goes by: each item's date is greater than that of the item before it.
// php feeds.php WORDPRESS API TOKEN
[, $wordpress, $api, $token] = $argv;
error_reporting(E_ALL & ~E_DEPRECATED & ~E_WARNING);
define('ABSPATH', "$wordpress/");
define('WPINC', 'wp-includes');
require "$wordpress/wp-includes/class-simplepie.php";

function demand(bool $holds, string $what): void
{
    if (!$holds) {
        fwrite(STDERR, "feeds: $what\n");
        exit(1);
    }
}

function items(string $address): array
{
    $feed = new SimplePie();
    $feed->enable_cache(false);
    $feed->set_feed_url($address);
    demand($feed->init(), "$address cannot be read: " . print_r($feed->error(), true));
    return $feed->get_items();
}

function write(string $api, string $token, string $method, string $path, array $headers, string $body): void
{
    $context = stream_context_create(['http' => ['method' => $method, 'content' => $body, 'ignore_errors' => true,
        'header' => array_merge($headers, ["Authorization: Bearer $token", 'Content-Type: application/json'])]]);
    $answer = file_get_contents($api . $path, false, $context);
    demand(str_contains($http_response_header[0], ' 20'), "$method $path: $http_response_header[0] $answer");
}

function uuid(): string
{
    $bytes = random_bytes(16);
    $bytes[6] = chr(ord($bytes[6]) & 0x0f | 0x40);
    $bytes[8] = chr(ord($bytes[8]) & 0x3f | 0x80);
    return vsprintf('%s%s-%s-%s-%s-%s%s%s', str_split(bin2hex($bytes), 4));
}

$pages = [uuid(), uuid()];
$newest = (int) items("$api/v1/feeds/all.rss")[0]->get_date('U');
foreach ($pages as $i => $id) {
    write($api, $token, 'PUT', "/v1/pages/$id?publish=true", ['If-None-Match: *'],
        json_encode(['title' => "Page & <number> $i", 'summary' => 'For readers of feeds.', 'body' => 'Some *text*.']));
}
$read = 0;
foreach (['all.rss', 'all.atom', 'all.rss?content=full', 'all.atom?content=full', 'case-studies.rss', 'toolkit-assets.atom'] as $name) {
    $before = PHP_INT_MAX;
    foreach (items("$api/v1/feeds/$name") as $place => $item) {
        $date = (int) $item->get_date('U');
        demand($date < $before, "$name: \"{$item->get_title()}\" is no older than the item above it");
        $before = $date;
        demand((bool) preg_match('/^urn:uuid:/', $item->get_id()), "$name: the id {$item->get_id()}");
        demand(str_contains($name, 'full') === str_contains((string) $item->get_content(true), '<article'), "$name: the text of \"{$item->get_title()}\"");
        if (str_starts_with($name, 'all') && $place < 2) {
            demand($item->get_id() === "urn:uuid:{$pages[1 - $place]}" && $date > $newest, "$name: what was published last is not first");
            demand(html_entity_decode($item->get_title()) === 'Page & <number> ' . 1 - $place, "$name: the title {$item->get_title()}");
        }
        $read++;
    }
}
foreach ($pages as $id) {
    write($api, $token, 'DELETE', "/v1/pages/$id", ['If-Match: *'], '');
}
demand(!str_contains(file_get_contents("$api/v1/feeds/all.json"), $pages[0]), 'what was removed is still there');
echo "$read items, each newer than the one below it\n";
