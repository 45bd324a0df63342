import withSerwist from "@serwist/next";

// A reload when the browser is online again would lose a task whose body is still being stored.
export default withSerwist({ swSrc: "app/sw.js", swDest: "public/sw.js", reloadOnOnline: false })({});
