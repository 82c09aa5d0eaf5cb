#!/usr/bin/env node
import {runMurmur} from '../dist/main.js';

process.exitCode = await runMurmur(process.argv.slice(2));
