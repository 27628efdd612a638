<?php
// Embeds items with WordPress's own code for oEmbed and for cleaning HTML, taught by docs/examples/wordpress.php. There
// is no database: what WordPress would look up in one (settings, posts of its own) is as in a new site. An item that is
// recalled has gone from the page when the time to keep it is over, and not before when the service is only away.
// php wordpress.php WORDPRESS API TOKEN
[, $wordpress, $api, $token] = $argv;
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
    'class-wp-http-curl', 'pluggable', 'rewrite', 'class-wp-user', 'user', 'capabilities', 'post',
    'class-wp-post', 'query'] as $part) {
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

wp_using_ext_object_cache(true); // keeps transients in memory
$wp_embed = new WP_Embed();
define('WORKING_TOGETHER_API', $api);
require __DIR__ . '/../../docs/examples/wordpress.php';

// shows gives what a post shows that has an address on a line of its own.
$shows = fn($address) => trim($wp_embed->autoembed("\n\n$address\n\n"));
$link = fn($address) => '<a href="' . esc_url($address) . '">' . esc_html($address) . '</a>';
foreach ($items as $item) {
    $html = file_get_contents($item->links->html);
    foreach (array_unique([$item->links->self, $item->links->html, $item->links->web]) as $address) {
        $shown = $shows($address);
        demand(words($shown) === words($html), "shows every word of $address");
        demand(str_contains($shown, '<a rel="license"'), "shows the licence of $address");
        demand(words(wpautop($shown)) === words($html) && !str_contains(wpautop($shown), '<br'), "makes no lines of $address");
    }
    // What an editor pastes passes the cleaning of posts: it costs the machine-readable dates and nothing else.
    $cleaned = wp_kses_post($html);
    demand(words($cleaned) === words($html), "cleaning keeps every word of $address");
    $tags = fn($text) => preg_match_all('/<\/?(?!time\b)\w+/', $text);
    demand($tags($cleaned) === $tags($html), "cleaning keeps the tags of $address");
}
demand($shows("$api/v1/pages/nothing") === $link("$api/v1/pages/nothing"), 'what is not there is a link');
demand(wp_filter_oembed_result($html, (object) ['type' => 'rich'], $address) === false, 'would show no HTML without the plugin');

// write changes something in the service.
$write = function ($path, $document, $headers = []) use ($api, $token) {
    $request = ['method' => 'POST', 'content' => json_encode($document),
        'header' => ["Authorization: Bearer $token", 'Content-Type: application/json', ...$headers]];
    return json_decode(file_get_contents($api . $path, false, stream_context_create(['http' => $request])), false, 512, JSON_THROW_ON_ERROR);
};
// later lets the time pass for which an answer is kept.
$later = function ($address) {
    $key = 'working_together_' . md5($address);
    set_transient($key, ['until' => 0] + get_transient($key));
};
$page = $write('/v1/pages?publish=true',
    ['title' => 'Not for long', 'summary' => 'Too much of a patient.', 'body' => "First.\n\n```\ntwo\n  lines\n```"]);
$address = $page->links->self;
demand(str_contains($shows($address), "two\n  lines\n</code></pre>"), 'keeps lines of preformatted text');
$away = fn() => new WP_Error('http_request_failed', 'away');
add_filter('pre_http_request', $away);
$later($address);
demand(str_contains($shows($address), 'Too much of a patient.'), 'shows what it has while the service is away');
remove_filter('pre_http_request', $away);
$write("/v1/pages/$page->id/unpublish", ['type' => 'recall', 'explanation' => 'It names a patient.'], ['If-Match: *']);
$later($address);
demand($shows($address) === $link($address), 'shows nothing of what was recalled');
echo count($items), " items shown by WordPress $wp_version\n";
