// Chromium without a window, and without the calls home that a machine without internet would wait for.
import { chromium } from "playwright-core";

// withPage runs a function with a page, and fails when the page complains of anything in its console.
export async function withPage(run) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync"],
  });
  const complaints = [];
  try {
    const page = await browser.newPage({ viewport: { width: 1000, height: 800 } });
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    await run(page, complaints);
  } finally {
    await browser.close();
  }
}
