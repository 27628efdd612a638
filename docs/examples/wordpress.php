<?php
/**
 * Plugin Name: Working Together embeds
 * Description: An item's address on a line of its own becomes the item. Put this file into wp-content/mu-plugins/.
 */

// The service, and where the website shows its items (the part of WT_SITE_URL before the first brace).
defined('WORKING_TOGETHER_API') || define('WORKING_TOGETHER_API', 'https://api.example.nhs.uk');
defined('WORKING_TOGETHER_SITE') || define('WORKING_TOGETHER_SITE', 'https://www.example.nhs.uk/working-together/');

// WordPress shows HTML as it comes only from providers that are named here; of all others it takes frames alone.
wp_oembed_add_provider(WORKING_TOGETHER_API . '/v1/*', WORKING_TOGETHER_API . '/v1/oembed');
wp_oembed_add_provider(WORKING_TOGETHER_SITE . '*', WORKING_TOGETHER_API . '/v1/oembed');

// WordPress keeps what it embeds for a day, whatever cache_age says. An hour lets withdrawals and recalls through sooner.
add_filter('oembed_ttl', function ($seconds, $url) {
    $ours = str_starts_with($url, WORKING_TOGETHER_API) || str_starts_with($url, WORKING_TOGETHER_SITE);
    return $ours ? HOUR_IN_SECONDS : $seconds;
}, 10, 2);
