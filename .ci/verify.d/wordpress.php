<?php
// Embeds items with WordPress's own code for oEmbed and for cleaning HTML, taught by docs/examples/wordpress.php. There
// is no database: what WordPress would look up in one (settings, posts of its own) is as in a new site.
// php wordpress.php WORDPRESS API
[, $wordpress, $api] = $argv;
error_reporting(E_ALL & ~E_DEPRECATED & ~E_WARNING); // of WordPress's own
set_error_handler(fn($level, $message, $file) => str_starts_with($file, $wordpress), E_ALL);

$site = sys_get_temp_dir() . '/wordpress-' . getmypid();
mkdir("$site/wp-content", 0700, true);
symlink("$wordpress/wp-includes", "$site/wp-includes");
file_put_contents("$site/wp-content/db.php", '<?php
$wpdb = new class extends wpdb {
    public function __construct() {}
    public function prepare($query, ...$args) { return $query; }
    public function query($query) { return false; }
    public function get_results($query = null, $output = OBJECT) { return []; }
    public function get_row($query = null, $output = OBJECT, $y = 0) { return null; }
    public function get_var($query = null, $x = 0, $y = 0) { return null; }
};');
register_shutdown_function(function () use ($site) {
    unlink("$site/wp-content/db.php");
    rmdir("$site/wp-content");
    unlink("$site/wp-includes");
    rmdir($site);
});

foreach (['DB_NAME', 'DB_USER', 'DB_PASSWORD', 'DB_HOST', 'DB_CHARSET', 'DB_COLLATE'] as $name) {
    define($name, '');
}
define('SHORTINIT', true);
define('ABSPATH', "$site/");
define('WP_CONTENT_DIR', "$site/wp-content");
define('WP_HOME', 'https://intranet.example');
define('WP_SITEURL', 'https://intranet.example');
define('WP_DEBUG', false);
$table_prefix = 'wp_';
require "$wordpress/wp-settings.php";
foreach (['l10n', 'class-wp-textdomain-registry', 'link-template', 'general-template', 'kses', 'shortcodes', 'embed', 'class-wp-embed',
    'class-wp-oembed', 'http', 'class-wp-http', 'class-wp-http-proxy', 'class-wp-http-cookie', 'class-wp-http-response',
    'class-wp-http-requests-response', 'class-wp-http-requests-hooks', 'class-wp-http-encoding', 'class-wp-http-streams',
    'class-wp-http-curl', 'pluggable', 'rewrite', 'class-wp-user', 'user', 'capabilities'] as $part) {
    require_once "$wordpress/wp-includes/$part.php";
}
wp_plugin_directory_constants();
remove_filter('pre_oembed_result', 'wp_filter_pre_oembed_result'); // looks whether the address is a post of its own
remove_filter('pre_kses', 'wp_pre_kses_block_attributes');         // is for blocks of its editor
add_filter('http_request_host_is_external', '__return_true');      // the service is on this machine here
add_filter('http_allowed_safe_ports', fn($ports) => [...$ports, parse_url($api, PHP_URL_PORT)]);

// demand ends the program when something does not hold.
function demand(bool $holds, string $what): void
{
    if (!$holds) {
        fwrite(STDERR, "WordPress: $what\n");
        exit(1);
    }
}

// words are what people read of HTML.
function words(string $html): array
{
    $spaced = preg_replace('/<\/?(article|h\d|p|li|ul|ol|div|footer|figure|figcaption|br|pre|table|tr|t[dh]|thead|tbody|blockquote)\b/', ' $0', $html);
    return preg_split('/\s+/', html_entity_decode(strip_tags($spaced), ENT_QUOTES | ENT_HTML5), -1, PREG_SPLIT_NO_EMPTY);
}

$read = fn($address) => json_decode(file_get_contents($address), false, 512, JSON_THROW_ON_ERROR);
$items = array_merge(...array_map(fn($list) => $read("$api/v1/$list?limit=100")->items, ['principles', 'case-studies', 'toolkit-assets', 'pages', 'topics']));
demand(count($items) >= 12, 'the starter content is there');

define('WORKING_TOGETHER_API', $api);
require __DIR__ . '/../../docs/examples/wordpress.php';
foreach ($items as $item) {
    $html = file_get_contents($item->links->html);
    foreach (array_unique([$item->links->self, $item->links->html, $item->links->web]) as $address) {
        $embedded = wp_oembed_get($address, ['width' => 500]);
        demand(is_string($embedded), "embeds $address");
        demand(words($embedded) === words($html), "keeps every word of $address");
        demand(str_contains($embedded, '<a rel="license"'), "keeps the licence of $address");
    }
    // What an editor pastes passes the cleaning of posts: it costs the machine-readable dates and nothing else.
    $cleaned = wp_kses_post($html);
    demand(words($cleaned) === words($html), "cleaning keeps every word of $address");
    $tags = fn($text) => preg_match_all('/<\/?(?!time\b)\w+/', $text);
    demand($tags($cleaned) === $tags($html), "cleaning keeps the tags of $address");
}
$rich = (object) ['type' => 'rich'];
demand(wp_filter_oembed_result($html, $rich, 'https://unknown.example/') === false, 'shows no HTML of whom nobody named');
demand(wp_oembed_get("$api/v1/pages/nothing") === false, 'what is not there stays a link');
demand(apply_filters('oembed_ttl', DAY_IN_SECONDS, $items[0]->links->self) === HOUR_IN_SECONDS, 'keeps items for an hour');
demand(apply_filters('oembed_ttl', DAY_IN_SECONDS, 'https://video.example/1') === DAY_IN_SECONDS, 'keeps others for a day');
echo count($items), " items embedded by WordPress $wp_version\n";
