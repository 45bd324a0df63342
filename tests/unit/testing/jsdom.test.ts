// @vitest-environment jsdom
import { useDom } from "./dom-cases.ts";

useDom("jsdom");
