import type { Page } from "@playwright/test";
import type { TestServer } from "../../server/server.ts";
import { ChromiumBrowser } from "./chromium.ts";
import { test as base } from "./fixtures.ts";
import { NotificationBus } from "./notification-bus.ts";

interface Desktop {
  readonly bus: NotificationBus;
  readonly browser: ChromiumBrowser;
  readonly page: Page;
}

/** A browser on a desktop that shows notifications, whose user has allowed them. */
export const test = base.extend<{ desktop: Desktop }>({
  desktop: async ({ site }, use) => {
    const bus = await NotificationBus.start();
    const browser = await ChromiumBrowser.launch({ env: { DBUS_SESSION_BUS_ADDRESS: bus.address } });
    await allow(browser, site);
    await use({ bus, browser, page: await browser.open(site.origin) });
    await browser.close();
    bus.stop();
  },
});

/** The driver denies every permission that is not listed. */
async function allow(browser: ChromiumBrowser, site: TestServer): Promise<void> {
  await browser.context.grantPermissions(["notifications", "background-sync"], { origin: site.origin });
}
