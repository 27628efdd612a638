<?php
// Reads a feed with SimplePie, as WordPress does, and says what it found: php read.php ADDRESS
error_reporting(E_ALL & ~E_DEPRECATED);
require '/usr/share/php/simplepie/autoloader.php';

// Debian's SimplePie is older than PHP 8, in which its own reading of dates fails. WordPress has a newer one.
class Dates extends SimplePie_Parse_Date
{
    public function __construct() {}
    public static function get() { return new self(); }
    public function parse($date) { return strtotime($date); }
}

$feed = new SimplePie();
$feed->get_registry()->register('Parse_Date', 'Dates');
$feed->enable_cache(false);
$feed->set_feed_url($argv[1]);
if (!$feed->init()) {
    fwrite(STDERR, print_r($feed->error(), true));
    exit(1);
}
$items = [];
foreach ($feed->get_items() as $item) {
    // What its get_enclosures() gives, this version has passed through code for host names, which spoils it.
    $files = array_map('html_entity_decode', $item->get_links('enclosure') ?? []); // links come ready for HTML
    foreach ($item->get_item_tags(SIMPLEPIE_NAMESPACE_RSS_20, 'enclosure') ?? [] as $enclosure) {
        $files[] = $enclosure['attribs']['']['url'];
    }
    $items[] = [
        'id' => $item->get_id(),
        'url' => html_entity_decode($item->get_permalink()),
        'title' => html_entity_decode($item->get_title(), ENT_QUOTES | ENT_HTML5),
        'date' => (int) $item->get_date('U'),
        'content' => $item->get_content(true) ?? '',
        'files' => $files,
    ];
}
echo json_encode($items);
