#!/usr/bin/env node
import '../../../tools/freshet.mjs';
