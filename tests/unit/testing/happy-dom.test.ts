// @vitest-environment happy-dom
import { useDom } from "./dom-cases.ts";

useDom("happy-dom");
