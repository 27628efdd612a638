<?php
/**
 * Plugin Name: Working Together embeds
 * Description: An item's address on a line of its own becomes the item. Put this file into wp-content/mu-plugins/.
 */

// The service, and where the website shows its items (the part of WT_SITE_URL before the first brace).
defined('WORKING_TOGETHER_API') || define('WORKING_TOGETHER_API', 'https://api.example.nhs.uk');
defined('WORKING_TOGETHER_SITE') || define('WORKING_TOGETHER_SITE', 'https://www.example.nhs.uk/working-together/');

// A handler, and not a provider: what a provider gives, WordPress keeps in the post and shows for ever, even when the
// item has been recalled. This asks again when cache_age (five minutes) has passed.
wp_embed_register_handler('working-together', '#^(' . preg_quote(WORKING_TOGETHER_API, '#') . '/v1/|' .
    preg_quote(WORKING_TOGETHER_SITE, '#') . ').+#', fn($matches, $attr, $url) => working_together_embed($url));

/** The item at an address as HTML; a link to it when there is nothing, or no more. */
function working_together_embed(string $url): string
{
    $key = 'working_together_' . md5($url);
    $kept = get_transient($key);
    if ($kept && $kept['until'] > time()) {
        return $kept['html'];
    }
    $answer = wp_safe_remote_get(add_query_arg('url', rawurlencode($url), WORKING_TOGETHER_API . '/v1/oembed'));
    $status = (int) wp_remote_retrieve_response_code($answer);
    if ($status === 200) {
        $embed = json_decode(wp_remote_retrieve_body($answer));
        // Without line breaks, of which WordPress would make paragraphs.
        $kept = ['html' => _wp_oembed_get_object()->_strip_newlines($embed->html, $embed, $url), 'until' => time() + $embed->cache_age];
    } elseif ($status >= 400 && $status < 500 && $status !== 429) { // not there: removed, recalled or never published
        $kept = ['html' => sprintf('<a href="%s">%s</a>', esc_url($url), esc_html($url)), 'until' => time() + MINUTE_IN_SECONDS];
    } elseif ($kept) { // the service is away: what was there last, for a day at most
        $kept['until'] = time() + MINUTE_IN_SECONDS;
    } else {
        return sprintf('<a href="%s">%s</a>', esc_url($url), esc_html($url));
    }
    set_transient($key, $kept, DAY_IN_SECONDS);
    return $kept['html'];
}
