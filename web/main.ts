import '@fontsource-variable/source-sans-3/wght.css';
import '@fontsource-variable/source-serif-4/wght.css';
import '@fontsource-variable/vazirmatn/wght.css';
import 'leaflet/dist/leaflet.css';
import { mount } from 'svelte';
import App from './App.svelte';
import './tokens.css';
import './page.css';

const target = document.getElementById('app');
if (target) mount(App, { target });
